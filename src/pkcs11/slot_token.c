/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.5: slot and token management. The free slot holds a token too, one that is not
 * yet initialised, so that every slot always has a token in it.
 */
#include <stdio.h>
#include <string.h>

#include "pkcs11/alias.h"
#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/version.h"

CK_RV C_GetSlotList(CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    size_t num;

    (void)tokenPresent; /* it always is */
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(arg_length(&num, pulCount));
    TRY(give_length(pulCount, &num, hsm_slot_list(app, pSlotList, &num)));
out:
    return module_leave(status);
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info slot;
    char description[sizeof(pInfo->slotDescription) + 1];

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pInfo != NULL, PQHW_ARGUMENTS_BAD);
    TRY(hsm_slot_info(app, slotID, &slot));
    memset(pInfo, 0, sizeof(*pInfo));
    snprintf(description, sizeof(description), "pqhw slot %lu", slotID);
    give_text(pInfo->slotDescription, sizeof(pInfo->slotDescription), description);
    give_text(pInfo->manufacturerID, sizeof(pInfo->manufacturerID), "pqhw");
    pInfo->flags = CKF_TOKEN_PRESENT;
    pInfo->firmwareVersion = library_version();
out:
    return module_leave(status);
}

/* The flags that tell how many wrong PINs are still allowed. */
static CK_FLAGS tries_flags(uint32_t left, uint32_t max, CK_FLAGS low, CK_FLAGS final,
                            CK_FLAGS locked)
{
    CK_FLAGS flags = 0;

    if (left < max)
        flags |= low;
    if (left == 1)
        flags |= final;
    if (left == 0)
        flags |= locked;
    return flags;
}

static CK_FLAGS token_flags(const struct hsm_slot_info *slot)
{
    /* No state of an operation is ever saved, so none needs a key to be restored: what the
     * mandatory test case of the Baseline Provider wants to hear. */
    CK_FLAGS flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_RESTORE_KEY_NOT_NEEDED;

    if (module_may_have_threads())
        flags |= CKF_ASYNC_SESSION_SUPPORTED;
    if (!slot->initialized)
        return flags;
    flags |= CKF_TOKEN_INITIALIZED | tries_flags(slot->so_tries_left, slot->max_tries,
                                                 CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY,
                                                 CKF_SO_PIN_LOCKED);
    if (slot->user_pin_set)
        flags |= CKF_USER_PIN_INITIALIZED |
                 tries_flags(slot->user_tries_left, slot->max_tries, CKF_USER_PIN_COUNT_LOW,
                             CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED);
    return flags;
}

static void give_token_info(CK_TOKEN_INFO *info, const struct hsm_slot_info *slot)
{
    memset(info, 0, sizeof(*info));
    give_text(info->label, sizeof(info->label), "");
    give_text(info->serialNumber, sizeof(info->serialNumber), "");
    if (slot->initialized) {
        memcpy(info->label, slot->label, sizeof(info->label));
        memcpy(info->serialNumber, slot->serial, sizeof(info->serialNumber));
    }
    give_text(info->manufacturerID, sizeof(info->manufacturerID), "pqhw");
    give_text(info->model, sizeof(info->model), "pqhw");
    info->flags = token_flags(slot);
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulSessionCount = slot->num_sessions;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulRwSessionCount = slot->num_rw_sessions;
    info->ulMaxPinLen = HSM_PIN_MAX;
    info->ulMinPinLen = HSM_PIN_MIN;
    info->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->firmwareVersion = library_version();
    give_text(info->utcTime, sizeof(info->utcTime), "");
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_slot_info slot;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pInfo != NULL, PQHW_ARGUMENTS_BAD);
    TRY(hsm_slot_info(app, slotID, &slot));
    give_token_info(pInfo, &slot);
out:
    return module_leave(status);
}

CK_RV C_GetMechanismList(CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList,
                         CK_ULONG_PTR pulCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info;
    struct hsm_slot_info slot;
    CK_MECHANISM_TYPE other;
    size_t room, num = 0;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(arg_length(&room, pulCount));
    TRY(hsm_slot_info(app, slotID, &slot));
    for (size_t i = 0; (info = mechanism_at(i)) != NULL; i++) {
        if (!hsm_mechanism_offered(app, &slot.policy, info))
            continue;
        if (pMechanismList != NULL && num < room)
            pMechanismList[num] = info->type;
        num++;
    }
    for (size_t i = 0; alias_at(i, &other); i++) {
        if (pMechanismList != NULL && num < room)
            pMechanismList[num] = other;
        num++;
    }
    *pulCount = num;
    REQUIRE(pMechanismList == NULL || room >= num, PQHW_BUFFER_TOO_SMALL);
out:
    return module_leave(status);
}

/* Under a number of others, what all the mechanisms behind it do. */
static CK_FLAGS mechanism_flags(CK_MECHANISM_TYPE type)
{
    const struct mechanism_info *info = mechanism_find(alias_mechanism(type, CKF_SIGN));
    const struct mechanism_info *generates =
        mechanism_find(alias_mechanism(type, CKF_GENERATE_KEY_PAIR));

    return info->flags | generates->flags;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info;
    struct hsm_slot_info slot;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pInfo != NULL, PQHW_ARGUMENTS_BAD);
    TRY(hsm_slot_info(app, slotID, &slot));
    info = mechanism_find(alias_mechanism(type, CKF_SIGN));
    REQUIRE(info != NULL && hsm_mechanism_offered(app, &slot.policy, info), PQHW_MECHANISM_INVALID);
    *pInfo = (CK_MECHANISM_INFO){
        .ulMinKeySize = info->min_key_size,
        .ulMaxKeySize = info->max_key_size,
        .flags = mechanism_flags(type),
    };
out:
    return module_leave(status);
}

CK_RV C_InitToken(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
                  CK_UTF8CHAR_PTR pLabel)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span pin;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(arg_pin(&pin, pPin, ulPinLen));
    REQUIRE(pLabel != NULL, PQHW_ARGUMENTS_BAD);
    TRY(hsm_token_init(app, slotID, pin, (const char *)pLabel));
out:
    return module_leave(status);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span pin;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_pin(&pin, pPin, ulPinLen)));
    TRY(hsm_pin_init(app, hSession, pin));
out:
    return module_leave(status);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen,
               CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span old_pin, new_pin;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_pin(&old_pin, pOldPin, ulOldLen)));
    TRY(module_session_first(app, hSession, arg_pin(&new_pin, pNewPin, ulNewLen)));
    TRY(hsm_pin_set(app, hSession, old_pin, new_pin));
out:
    return module_leave(status);
}
