/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the table of mechanisms, a line for each, for tools/gen-mechanisms: fields are parted by
 * tabs, numbers are hexadecimal.
 */
#include <stdio.h>

#include "hsm/mechanism.h"

/* What a parameter may be, in Markdown: the structure, and the limits that mechanism_check sets. */
static const char *param_text(enum mechanism_param param)
{
    switch (param) {
    case PARAM_NONE:
        return "–";
    case PARAM_SIGN_CONTEXT:
        return "none, or `CK_SIGN_ADDITIONAL_CONTEXT`: context of at most 255 bytes";
    case PARAM_HASH_SIGN_CONTEXT:
        return "`CK_HASH_SIGN_ADDITIONAL_CONTEXT`: context of at most 255 bytes; any hash but "
               "SHA-1";
    case PARAM_MAC_LEN:
        return "`CK_MAC_GENERAL_PARAMS`: 1 byte to the whole MAC";
    case PARAM_BLOCK:
        return "16 bytes: the initialization vector, or XTS's data unit number";
    case PARAM_KW_IV:
        return "none, or 8 bytes: the initial value";
    case PARAM_KWP_IV:
        return "none, or 4 bytes: the initial value";
    case PARAM_CTR:
        return "`CK_AES_CTR_PARAMS`: 1 to 128 bits of counter";
    case PARAM_GCM:
        return "`CK_GCM_PARAMS`: nonce of 1 to 128 bytes, tag of 32, 64 or 96 to 128 bits; to "
               "wrap, `CK_GCM_WRAP_PARAMS`; of a message, `CK_GCM_MESSAGE_PARAMS`";
    case PARAM_CCM:
        return "`CK_CCM_PARAMS`: nonce of 7 to 13 bytes, tag of 4, 6, … 16 bytes; of a "
               "message, `CK_CCM_MESSAGE_PARAMS`";
    case PARAM_CHACHA20:
        return "`CK_CHACHA20_PARAMS`: counter and nonce of 32 and 96 bits, or 64 and 64";
    case PARAM_CHACHA20_POLY1305:
        return "`CK_SALSA20_CHACHA20_POLY1305_PARAMS`: nonce of 96 bits; of a message, "
               "`CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS`";
    case PARAM_HKDF:
        return "`CK_HKDF_PARAMS`: any hash with one length; salt as data or as a key";
    case PARAM_STRING:
        return "`CK_KEY_DERIVATION_STRING_DATA`";
    case PARAM_KEY:
        return "`CK_OBJECT_HANDLE`: the second key";
    case PARAM_BIT:
        return "`CK_EXTRACT_PARAMS`: a bit of the key";
    case PARAM_BLOCKS:
        return "`CK_KEY_DERIVATION_STRING_DATA`: blocks of 16 bytes";
    case PARAM_IV_BLOCKS:
        return "`CK_AES_CBC_ENCRYPT_DATA_PARAMS`: blocks of 16 bytes";
    case PARAM_EDDSA:
        return "none, or `CK_EDDSA_PARAMS`: context of at most 255 bytes";
    case PARAM_ECDH:
        return "`CK_ECDH1_DERIVE_PARAMS`: `CKD_NULL`, or ANSI X9.63 with SHA-1, SHA-2 or SHA-3";
    case PARAM_PSS:
        return "`CK_RSA_PKCS_PSS_PARAMS`: the mechanism's hash, any for the MGF";
    case PARAM_OAEP:
        return "`CK_RSA_PKCS_OAEP_PARAMS`: any hashes, with a label or without";
    case PARAM_108:
        return "`CK_SP800_108_KDF_PARAMS`: HMAC with any hash of one length, or CMAC";
    case PARAM_108_FEEDBACK:
        return "`CK_SP800_108_FEEDBACK_KDF_PARAMS`: the same";
    case PARAM_RSA_AES:
        return "`CK_RSA_AES_KEY_WRAP_PARAMS`: temporary key of 128, 192 or 256 bits; OAEP's as "
               "above";
    case PARAM_ECDH_AES:
        return "`CK_ECDH_AES_KEY_WRAP_PARAMS`: temporary key of 128, 192 or 256 bits; ANSI X9.63 "
               "with SHA-1, SHA-2 or SHA-3";
    case PARAM_PBKD2:
        return "`CK_PKCS5_PBKD2_PARAMS2`: HMAC with SHA-1 or SHA-2, 1 to 2^24 iterations";
    case PARAM_TLS_MASTER:
        return "`CK_TLS12_MASTER_KEY_DERIVE_PARAMS`: SHA-224 or stronger";
    case PARAM_TLS_EXTENDED:
        return "`CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS`: SHA-224 or stronger, and its length "
               "of session hash";
    case PARAM_TLS_KEYS:
        return "`CK_TLS12_KEY_MAT_PARAMS`: keys of at most 64 bytes, initialization vectors of 16";
    case PARAM_TLS_KDF:
        return "`CK_TLS_KDF_PARAMS`: SHA-224 or stronger, none of TLS's own labels";
    case PARAM_TLS_MAC:
        return "`CK_TLS_MAC_PARAMS`: SHA-224 or stronger, 12 to 256 bytes";
    }
    return NULL;
}

static const char *parts_text(enum mechanism_parts parts)
{
    switch (parts) {
    case PARTS_NONE:
        return "no";
    case PARTS_NOT_VERIFY:
        return "not for `C_Verify`";
    case PARTS_ALL:
        return "yes";
    }
    return NULL;
}

int main(void)
{
    const struct mechanism_info *info;

    for (size_t i = 0; (info = mechanism_at(i)) != NULL; i++)
        printf("%s\t%#lx\t%#lx\t%#lx\t%#lx\t%lu\t%lu\t%s\t%s\n", info->name, info->type,
               info->key_type, info->other_key_type, info->flags, info->min_key_size,
               info->max_key_size, param_text(info->param), parts_text(info->parts));
    return 0;
}
