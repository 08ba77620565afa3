/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/user.h"

#include <string.h>

#include "base/wipe.h"
#include "crypto/random/random.h"
#include "hsm/detail.h"

/* ---- PINs ---- */

/* What may begin a UTF-8 sequence (RFC 3629, section 4): no overlong forms, no surrogates, nothing
 * past U+10FFFF. */
static const struct {
    uint8_t first_min, first_max;
    uint8_t second_min, second_max; /* further ones are always 0x80 to 0xbf */
    uint8_t len;
} utf8_sequences[] = {
    {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Length of the UTF-8 sequence that text begins with, 0 if with none. */
static size_t sequence_len(struct span text)
{
    size_t i = 0;

    while (text.ptr[0] < utf8_sequences[i].first_min || text.ptr[0] > utf8_sequences[i].first_max) {
        if (++i == sizeof(utf8_sequences) / sizeof(utf8_sequences[0]))
            return 0;
    }
    size_t len = utf8_sequences[i].len;
    if (len > text.len)
        return 0;
    if (len > 1 &&
        (text.ptr[1] < utf8_sequences[i].second_min || text.ptr[1] > utf8_sequences[i].second_max))
        return 0;
    for (size_t at = 2; at < len; at++) {
        if ((text.ptr[at] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

static bool utf8_valid(struct span text)
{
    while (text.len > 0) {
        size_t len = sequence_len(text);

        if (len == 0)
            return false;
        text = span(text.ptr + len, text.len - len);
    }
    return true;
}

enum pqhw_status user_pin_acceptable(struct span pin)
{
    if (pin.len < HSM_PIN_MIN || pin.len > HSM_PIN_MAX) {
        detail_set("a PIN has %d to %d bytes", HSM_PIN_MIN, HSM_PIN_MAX);
        return PQHW_PIN_LEN_RANGE;
    }
    return utf8_valid(pin) ? PQHW_OK : PQHW_PIN_INVALID;
}

/* The wrapping key: Argon2id of the PIN, then mixed with the device's own key. */
static enum pqhw_status pin_key(const struct hsm_device *device, struct span pin,
                                const struct partition_login *login,
                                uint8_t sk_out[CLASSIC_KEY_LEN])
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_pin[CLASSIC_KEY_LEN];

    TRY(classic_pin_key(sk_pin, pin, SPAN(login->salt), login->cost));
    device_mac(device, DEVICE_KEY_PIN, sk_out, (const struct span[]){SPAN(sk_pin)}, 1);
out:
    WIPE(sk_pin);
    return status;
}

enum pqhw_status user_login_make(const struct hsm_device *device, struct span pin,
                                 const struct secret *master, uint32_t max_tries,
                                 struct partition_login *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_wrap[CLASSIC_KEY_LEN];
    struct partition_login login = {
        .set = true,
        .cost = {.memory_kib = device->settings.pin_memory_kib,
                 .passes = device->settings.pin_passes},
        .tries_left = max_tries,
    };

    TRY(user_pin_acceptable(pin));
    TRY(random_bytes(device->classic, login.salt, sizeof(login.salt)));
    TRY(pin_key(device, pin, &login, sk_wrap));
    TRY(classic_wrap(device->classic, login.wrapped, sk_wrap, master->ptr));
    *out = login;
out:
    WIPE(sk_wrap);
    return status;
}

/* ---- checking ---- */

enum counting {
    TRY_TAKE,
    TRY_RETURN, /* it was not used: nothing was learnt about the PIN */
    TRY_RESET,  /* the PIN was right */
};

/* In one transaction. *login is what was read by TRY_TAKE, and goes in for the others, which leave
 * a login alone that has been changed since. */
static enum pqhw_status count_try(struct partition *partition, enum partition_user user,
                                  enum counting counting, struct partition_login *login)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_device *device = partition->device;
    struct partition_state state;
    struct store_tx *tx = NULL;

    TRY(device->store_ops->begin(device->store, &tx, true));
    TRY(partition_state_get(device, tx, partition->slot, &state));
    REQUIRE(partition_is(partition, &state), PQHW_DEVICE_ABSENT);
    struct partition_login *stored = &state.login[user];
    REQUIRE(stored->set, PQHW_USER_PIN_NOT_INITIALIZED);
    if (counting == TRY_TAKE) {
        REQUIRE(stored->tries_left > 0, PQHW_PIN_LOCKED);
        stored->tries_left--;
        *login = *stored;
    } else if (memcmp(login->salt, stored->salt, sizeof(login->salt)) == 0 /* public */) {
        bool all = counting == TRY_RESET || stored->tries_left >= state.max_tries;
        stored->tries_left = all ? state.max_tries : stored->tries_left + 1;
    }
    TRY(partition_state_put(device, tx, &state));
    struct store_tx *done = tx;
    tx = NULL;
    TRY(device->store_ops->commit(done));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

/* PQHW_PIN_INCORRECT if it is not the PIN. */
static enum pqhw_status unwrap_master(const struct hsm_device *device,
                                      const struct partition_login *login, struct span pin,
                                      struct secret *master)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_wrap[CLASSIC_KEY_LEN];

    REQUIRE(pin.len > 0 && pin.len <= HSM_PIN_MAX, PQHW_PIN_INCORRECT);
    TRY(pin_key(device, pin, login, sk_wrap));
    status = classic_unwrap(device->classic, master->ptr, sk_wrap, login->wrapped);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_PIN_INCORRECT);
out:
    WIPE(sk_wrap);
    return status;
}

enum pqhw_status user_check_pin(struct partition *partition, enum partition_user user,
                                struct span pin, struct secret *master)
{
    enum pqhw_status status = PQHW_OK;
    struct partition_login login;

    TRY(secret_new(master, CLASSIC_KEY_LEN));
    TRY(count_try(partition, user, TRY_TAKE, &login));
    status = unwrap_master(partition->device, &login, pin, master);
    if (status == PQHW_PIN_INCORRECT) {
        if (login.tries_left > 0)
            detail_set("%u more wrong PINs lock this user", login.tries_left);
        else
            detail_set("this user is locked now");
    } else {
        enum pqhw_status counted =
            count_try(partition, user, status == PQHW_OK ? TRY_RESET : TRY_RETURN, &login);
        if (status == PQHW_OK)
            status = counted;
    }
out:
    if (status != PQHW_OK)
        secret_free(master);
    return status;
}
