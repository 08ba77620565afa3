/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ct.h"
#include "crypto/falcon/poly.h"
#include "crypto/hqc/impl.h"
#include "crypto/keccak/impl.h"
#include "crypto/mldsa/poly.h"
#include "crypto/mlkem/impl.h"
#include "hsm/detail.h"
#include "hsm/engine.h"
#include "hsm/home.h"
#include "hsm/partition.h"

#define DEVICE_VERSION 5
#define AUDIT_DIR      "audit"

static const struct hsm_settings default_settings = {
    .pin_memory_kib =
        65536, /* with 3 passes: RFC 9106, section 4, second recommended option, in one lane */
    .pin_passes = 3,
    .pin_tries = 10,
    .check_signatures = HSM_CHECK_SLH_DSA,
};

static const char *const key_names[DEVICE_NUM_KEYS] = {
    [DEVICE_KEY_STORE] = "pqhw v1 store",
    [DEVICE_KEY_TREE] = "pqhw v1 tree",
    [DEVICE_KEY_AUDIT] = "pqhw v1 audit",
    [DEVICE_KEY_PIN] = "pqhw v1 pin",
};

/* ---- MACs ---- */

const uint8_t *device_key(const struct hsm_device *device, enum device_key key)
{
    return device->keys.ptr + (size_t)key * CLASSIC_KEY_LEN;
}

void device_mac(const struct hsm_device *device, enum device_key key, uint8_t out[CLASSIC_HASH_LEN],
                const struct span *parts, size_t num)
{
    classic_hmac(out, device_key(device, key), parts, num);
}

enum pqhw_status device_check_mac(const struct hsm_device *device, enum device_key key,
                                  struct span context, struct span blob, struct span *data)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mac[CLASSIC_HASH_LEN];

    REQUIRE(blob.len > sizeof(mac), PQHW_RECORD_DAMAGED);
    struct span body = span(blob.ptr, blob.len - sizeof(mac));
    device_mac(device, key, mac, (const struct span[]){context, body}, 2);
    REQUIRE(ct_equal(mac, blob.ptr + body.len, sizeof(mac)), PQHW_RECORD_DAMAGED);
    *data = body;
out:
    return status;
}

enum pqhw_status device_add_mac(const struct hsm_device *device, enum device_key key,
                                struct span context, struct buf *blob)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mac[CLASSIC_HASH_LEN];

    TRY(buf_status(blob));
    device_mac(device, key, mac, (const struct span[]){context, buf_span(blob)}, 2);
    buf_put(blob, mac, sizeof(mac));
    TRY(buf_status(blob));
out:
    return status;
}

/* ---- the device's own row ---- */

struct device_row {
    struct hsm_settings settings;
    uint32_t next_slot;
    struct device_changes changes;
};

static enum pqhw_status row_get(const struct hsm_device *device, struct store_tx *tx,
                                struct device_row *out)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct span body;

    *out = (struct device_row){0};
    TRY(device->store_ops->device_get(tx, &blob));
    REQUIRE(blob.len > 0 && blob.ptr[0] <= DEVICE_VERSION, PQHW_VERSION_UNKNOWN);
    TRY(device_check_mac(device, DEVICE_KEY_STORE, SPAN_STR("device"), buf_span(&blob), &body));
    struct reader r = reader(body);
    uint8_t version = read_u8(&r);
    out->settings.pin_memory_kib = read_u32(&r);
    out->settings.pin_passes = read_u32(&r);
    out->settings.pin_tries = read_u32(&r);
    out->next_slot = read_u32(&r);
    out->settings.resident_memory = version >= 2 ? read_u64(&r) : 0;
    uint8_t check = version >= 3 ? read_u8(&r) : HSM_CHECK_SLH_DSA;
    uint8_t engine = version >= 4 ? read_u8(&r) : HSM_ENGINE_DEFAULT;
    out->changes.epoch = version >= 5 ? read_u64(&r) : 0;
    out->changes.audit.seq = version >= 5 ? read_u64(&r) : 0;
    struct span mac = read_bytes(&r, version >= 5 ? AUDIT_MAC_LEN : 0);
    REQUIRE(read_finished(&r) && check < HSM_CHECK_NUM && engine < HSM_ENGINE_NUM,
            PQHW_RECORD_DAMAGED);
    out->settings.check_signatures = (enum hsm_check_signatures)check;
    out->settings.engine = (enum hsm_engine)engine;
    if (mac.len > 0)
        memcpy(out->changes.audit.mac, mac.ptr, mac.len);
out:
    if (status == PQHW_RECORD_DAMAGED)
        detail_set("the device's own record in %s was changed, or device.key is not its key",
                   device->home);
    buf_free(&blob);
    return status;
}

static enum pqhw_status row_put(const struct hsm_device *device, struct store_tx *tx,
                                const struct device_row *row)
{
    enum pqhw_status status = PQHW_OK;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    buf_put_u8(&blob, DEVICE_VERSION);
    buf_put_u32(&blob, row->settings.pin_memory_kib);
    buf_put_u32(&blob, row->settings.pin_passes);
    buf_put_u32(&blob, row->settings.pin_tries);
    buf_put_u32(&blob, row->next_slot);
    buf_put_u64(&blob, row->settings.resident_memory);
    buf_put_u8(&blob, (uint8_t)row->settings.check_signatures);
    buf_put_u8(&blob, (uint8_t)row->settings.engine);
    buf_put_u64(&blob, row->changes.epoch);
    buf_put_u64(&blob, row->changes.audit.seq);
    buf_put(&blob, row->changes.audit.mac, sizeof(row->changes.audit.mac));
    TRY(device_add_mac(device, DEVICE_KEY_STORE, SPAN_STR("device"), &blob));
    TRY(device->store_ops->device_put(tx, buf_span(&blob)));
out:
    buf_free(&blob);
    return status;
}

enum pqhw_status device_next_slot(struct hsm_device *device, struct store_tx *tx, uint32_t *out)
{
    struct device_row row;
    enum pqhw_status status = row_get(device, tx, &row);

    if (status == PQHW_OK)
        *out = row.next_slot;
    return status;
}

enum pqhw_status device_take_slot(struct hsm_device *device, struct store_tx *tx, uint32_t slot)
{
    enum pqhw_status status = PQHW_OK;
    struct device_row row;

    TRY(row_get(device, tx, &row));
    REQUIRE(row.next_slot == slot, PQHW_SLOT_ID_INVALID);
    REQUIRE(row.next_slot < UINT32_MAX - 1, PQHW_LIMIT_EXCEEDED);
    row.next_slot++;
    TRY(row_put(device, tx, &row));
out:
    return status;
}

enum pqhw_status device_changes_get(const struct hsm_device *device, struct store_tx *tx,
                                    struct device_changes *out)
{
    struct device_row row;
    enum pqhw_status status = row_get(device, tx, &row);

    if (status == PQHW_OK)
        *out = row.changes;
    return status;
}

enum pqhw_status device_changes_put(const struct hsm_device *device, struct store_tx *tx,
                                    const struct device_changes *changes)
{
    enum pqhw_status status = PQHW_OK;
    struct device_row row;

    TRY(row_get(device, tx, &row));
    row.changes = *changes;
    TRY(row_put(device, tx, &row));
out:
    return status;
}

/* ---- opening and making ---- */

static enum pqhw_status derive_keys(struct hsm_device *device, const struct secret *sk_root)
{
    enum pqhw_status status = PQHW_OK;

    TRY(secret_new(&device->keys, DEVICE_NUM_KEYS * CLASSIC_KEY_LEN));
    for (size_t i = 0; i < DEVICE_NUM_KEYS; i++)
        TRY(classic_hkdf(device->keys.ptr + i * CLASSIC_KEY_LEN, CLASSIC_KEY_LEN, sk_root->ptr,
                         span(key_names[i], strlen(key_names[i]))));
out:
    return status;
}

static enum pqhw_status open_audit(struct hsm_device *device)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];

    TRY(home_path(path, device->home, AUDIT_DIR));
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        int error = errno;
        detail_set("%s: %s", path, strerror(error));
        TRY(PQHW_ACCESS_DENIED);
    }
    TRY(home_path(path, device->home, AUDIT_DIR "/device.log"));
    TRY(audit_open(&device->audit, path, device_key(device, DEVICE_KEY_AUDIT), NULL));
out:
    return status;
}

static void detach(struct hsm_device *device)
{
    if (device->store != NULL)
        device->store_ops->close(device->store);
    device->store = NULL;
    audit_close(device->audit);
    device->audit = NULL;
    secret_free(&device->keys);
    running_close(device->residents.running);
    device->residents.running = NULL;
    device->present = false;
}

/* Read the device's row, or write the first one; *made says which. */
static enum pqhw_status load_row(struct hsm_device *device, const struct hsm_settings *create,
                                 bool *made)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    struct device_row row;

    TRY(device->store_ops->begin(device->store, &tx, create != NULL));
    status = row_get(device, tx, &row);
    if (status == PQHW_NOT_FOUND && create != NULL) {
        row = (struct device_row){.settings = *create};
        TRY(row_put(device, tx, &row));
        struct store_tx *done = tx;
        tx = NULL;
        TRY(device->store_ops->commit(done));
        *made = true;
    }
    if (status == PQHW_NOT_FOUND)
        status = PQHW_DEVICE_ABSENT;
    TRY(status);
    device->settings = row.settings;
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

/*
 * The root of the device's keys. Where there is none there may be no device yet; but the key is
 * made before the store, so a store without a key has lost it, and a new key would open nothing.
 */
static enum pqhw_status root_key(const struct hsm_device *device, bool create, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store *store = NULL;

    status = home_key(device->home, false, device->classic, out);
    REQUIRE(status == PQHW_DEVICE_ABSENT, status);
    status = device->store_ops->open(&store, device->home, false);
    if (status == PQHW_OK) {
        device->store_ops->close(store);
        /* Another process may have made both between our two looks. */
        status = home_key(device->home, false, device->classic, out);
        REQUIRE(status == PQHW_DEVICE_ABSENT, status);
        detail_set("%s/device.key is missing: restore it from a backup", device->home);
        TRY(PQHW_RECORD_DAMAGED);
    }
    REQUIRE(status == PQHW_DEVICE_ABSENT, status);
    TRY(home_key(device->home, create, device->classic, out));
out:
    return status;
}

/* ---- attaching ---- */

/* The memory for resident keys. */
static uint64_t budget(const struct hsm_device *device)
{
    if (device->resident_override != 0)
        return device->resident_override;
    return device->settings.resident_memory != 0 ? device->settings.resident_memory
                                                 : resident_memory_default();
}

/* With the lock held. create is NULL to open only. *made: the device is new. */
static enum pqhw_status attach(struct hsm_device *device, const struct hsm_settings *create,
                               bool *made)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_root = {0};

    if (create != NULL) { /* not before it is known that it could be used */
        TRY(engine_choose(device, create->engine));
        TRY(home_create(device->home));
    }
    TRY(home_check(device->home));
    TRY(root_key(device, create != NULL, &sk_root));
    TRY(derive_keys(device, &sk_root));
    TRY(device->store_ops->open(&device->store, device->home, create != NULL));
    TRY(load_row(device, create, made));
    TRY(engine_choose(device, device->settings.engine));
    TRY(open_audit(device));
    residents_set_budget(&device->residents, budget(device));
    device->residents.running = running_open(device->home);
    residents_publish(&device->residents);
    device->present = true;
out:
    if (status != PQHW_OK)
        detach(device);
    secret_free(&sk_root);
    return status;
}

/* With the lock held. */
static enum pqhw_status attach_present(struct hsm_device *device)
{
    bool made = false;

    return device->present ? PQHW_OK : attach(device, NULL, &made);
}

enum pqhw_status device_attach(struct hsm_device *device)
{
    pthread_mutex_lock(&device->lock);
    enum pqhw_status status = attach_present(device);
    pthread_mutex_unlock(&device->lock);
    return status;
}

static bool settings_valid(struct hsm_settings *settings)
{
    if (settings->pin_memory_kib == 0)
        settings->pin_memory_kib = default_settings.pin_memory_kib;
    if (settings->pin_passes == 0)
        settings->pin_passes = default_settings.pin_passes;
    if (settings->pin_tries == 0)
        settings->pin_tries = default_settings.pin_tries;
    if (settings->check_signatures == HSM_CHECK_DEFAULT)
        settings->check_signatures = default_settings.check_signatures;
    return settings->pin_memory_kib >= 8192 && settings->pin_memory_kib <= 4194304 &&
           settings->pin_passes >= 1 && settings->pin_passes <= 16 && settings->pin_tries >= 3 &&
           settings->pin_tries <= 100 && settings->check_signatures < HSM_CHECK_NUM &&
           settings->engine < HSM_ENGINE_NUM &&
           (settings->resident_memory == 0 || resident_memory_allowed(settings->resident_memory));
}

static enum pqhw_status audit_created(struct hsm_device *device)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_event event = {
        .app = "pqhw", .role = "none", .operation = "device.create", .result = "OK"};
    struct audit_mark mark = {0};

    TRY(audit_append(device->audit, &event, &mark, &mark));
    TRY(audit_sync(device->audit, false));
out:
    return status;
}

enum pqhw_status hsm_device_create(struct hsm_device *device, const struct hsm_settings *settings)
{
    enum pqhw_status status = PQHW_OK;
    struct hsm_settings wanted = settings == NULL ? default_settings : *settings;
    bool made = false;

    detail_clear();
    pthread_mutex_lock(&device->lock);
    REQUIRE(settings_valid(&wanted), PQHW_ARGUMENTS_BAD);
    status = attach_present(device);
    REQUIRE(status != PQHW_OK, PQHW_ALREADY_INITIALIZED);
    REQUIRE(status == PQHW_DEVICE_ABSENT, status);
    detail_clear();
    TRY(attach(device, &wanted, &made));
    REQUIRE(made, PQHW_ALREADY_INITIALIZED); /* another process was faster */
    TRY(audit_created(device));
out:
    pthread_mutex_unlock(&device->lock);
    return status;
}

/*
 * Before the surface registers handlers of its own, even if there is no device yet: fork calls
 * those first that were registered last, and a surface's waits for calls that these would hold up.
 */
static enum pqhw_status handle_forks(const struct hsm_device *device)
{
    enum pqhw_status status = PQHW_OK;

    if (device->store_ops->handle_forks != NULL)
        TRY(device->store_ops->handle_forks());
    TRY(audit_handle_forks());
    TRY(running_handle_forks());
out:
    return status;
}

enum pqhw_status hsm_device_open(struct hsm_device **out, const struct hsm_config *config)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = strlen(config->home);
    struct hsm_device *device = calloc(1, sizeof(*device));

    detail_clear();
    *out = NULL;
    if (device == NULL)
        return PQHW_NO_MEMORY;
    pthread_mutex_init(&device->lock, NULL);
    device->store_ops = config->store;
    device->backend_ops = config->backend;
    device->settings = default_settings;
    device->engine = HSM_ENGINE_OWN;
    residents_init(&device->residents, config->backend);
    unique_ids_init(&device->unique_ids);
    TRY(handle_forks(device));
    TRY(resident_memory_override(&device->resident_override));
    residents_set_budget(&device->residents, budget(device));
    TRY(engine_override(&device->engine_override));
    REQUIRE(len > 0 && len < HSM_PATH_MAX && config->home[0] == '/', PQHW_ARGUMENTS_BAD);
    memcpy(device->home, config->home, len + 1);
    TRY(classic_new(&device->classic));
    TRY(device->backend_ops->open(&device->backend, device->classic));
    status = attach_present(device);
    if (status == PQHW_DEVICE_ABSENT) {
        detail_clear();
        status = engine_choose(device, HSM_ENGINE_DEFAULT);
    }
out:
    if (status == PQHW_OK)
        *out = device;
    else
        hsm_device_close(device);
    return status;
}

void hsm_thread_ends(void)
{
    classic_thread_ends();
}

void hsm_device_close(struct hsm_device *device)
{
    if (device == NULL)
        return;
    detach(device);
    if (device->backend != NULL)
        device->backend_ops->close(device->backend);
    residents_destroy(&device->residents);
    classic_free(device->classic);
    unique_ids_destroy(&device->unique_ids);
    pthread_mutex_destroy(&device->lock);
    free(device);
}

static enum pqhw_status count_tokens(struct hsm_device *device, size_t *out)
{
    enum pqhw_status status = PQHW_OK;
    struct store_tx *tx = NULL;
    uint32_t none;

    TRY(device->store_ops->begin(device->store, &tx, false));
    TRY(device->store_ops->partition_list(tx, &none, 0, out));
out:
    if (tx != NULL)
        device->store_ops->rollback(tx);
    return status;
}

enum pqhw_status hsm_device_info(struct hsm_device *device, struct hsm_device_info *out)
{
    detail_clear();
    enum pqhw_status status = device_attach(device);

    *out = (struct hsm_device_info){
        .home = device->home,
        .store = device->store_ops->name,
        .backend = device->backend_ops->name,
        .libcrypto = classic_version(),
        .keccak = keccak_impl()->name,
        .mlkem = mlkem_impl()->name,
        .hqc = hqc_impl()->name,
        .mldsa = mldsa_impl()->name,
        .falcon = falcon_impl()->name,
        .present = status == PQHW_OK,
    };
    pthread_mutex_lock(&device->lock);
    out->settings = device->settings;
    out->engine = device->engine;
    out->engine_text = device->backend_ops->engine_text(device->backend);
    pthread_mutex_unlock(&device->lock);
    if (out->engine != HSM_ENGINE_OWN)
        out->mlkem = out->mldsa = hsm_engine_name(out->engine);
    secret_get_stats(&out->memory);
    residents_stats(&device->residents, &out->resident);
    if (status == PQHW_DEVICE_ABSENT)
        return PQHW_OK;
    return status == PQHW_OK ? count_tokens(device, &out->num_tokens) : status;
}

void hsm_process_list(struct hsm_device *device,
                      void (*each)(void *arg, const struct hsm_process *process), void *arg)
{
    pthread_mutex_lock(&device->lock);
    const struct running *own = device->residents.running;
    pthread_mutex_unlock(&device->lock);
    running_list(device->home, own, each, arg);
}
