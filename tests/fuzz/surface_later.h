/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions that an asynchronous session leaves pending, under their own names: here each is
 * completed at once, so that an input always goes the same way.
 */
#ifndef TESTS_FUZZ_SURFACE_LATER_H
#define TESTS_FUZZ_SURFACE_LATER_H

#include "surface.h"

/* LATER(function, its parameters, its arguments, output length, handles): NULL where there is none.
 */
#define LATER_FUNCTIONS(LATER)                                                                     \
    LATER(C_GenerateKey,                                                                           \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_ATTRIBUTE_PTR list, CK_ULONG num,   \
           CK_OBJECT_HANDLE_PTR made),                                                             \
          (session, how, list, num, made), NULL, made, NULL)                                       \
    LATER(C_GenerateKeyPair,                                                                       \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_ATTRIBUTE_PTR list, CK_ULONG num,   \
           CK_ATTRIBUTE_PTR list2, CK_ULONG num2, CK_OBJECT_HANDLE_PTR made,                       \
           CK_OBJECT_HANDLE_PTR made2),                                                            \
          (session, how, list, num, list2, num2, made, made2), NULL, made, made2)                  \
    LATER(C_DeriveKey,                                                                             \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key,                  \
           CK_ATTRIBUTE_PTR list, CK_ULONG num, CK_OBJECT_HANDLE_PTR made),                        \
          (session, how, key, list, num, made), NULL, made, NULL)                                  \
    LATER(C_EncapsulateKey,                                                                        \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key,                  \
           CK_ATTRIBUTE_PTR list, CK_ULONG num, CK_BYTE_PTR out, CK_ULONG_PTR len,                 \
           CK_OBJECT_HANDLE_PTR made),                                                             \
          (session, how, key, list, num, out, len, made), len, made, NULL)                         \
    LATER(C_DecapsulateKey,                                                                        \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key,                  \
           CK_ATTRIBUTE_PTR list, CK_ULONG num, CK_BYTE_PTR in, CK_ULONG in_len,                   \
           CK_OBJECT_HANDLE_PTR made),                                                             \
          (session, how, key, list, num, in, in_len, made), NULL, made, NULL)                      \
    LATER(C_WrapKey,                                                                               \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key,                  \
           CK_OBJECT_HANDLE key2, CK_BYTE_PTR out, CK_ULONG_PTR len),                              \
          (session, how, key, key2, out, len), len, NULL, NULL)                                    \
    LATER(C_UnwrapKey,                                                                             \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key, CK_BYTE_PTR in,  \
           CK_ULONG in_len, CK_ATTRIBUTE_PTR list, CK_ULONG num, CK_OBJECT_HANDLE_PTR made),       \
          (session, how, key, in, in_len, list, num, made), NULL, made, NULL)                      \
    LATER(C_UnwrapKeyAuthenticated,                                                                \
          (CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key, CK_BYTE_PTR in,  \
           CK_ULONG in_len, CK_ATTRIBUTE_PTR list, CK_ULONG num, CK_BYTE_PTR aad,                  \
           CK_ULONG aad_len, CK_OBJECT_HANDLE_PTR made),                                           \
          (session, how, key, in, in_len, list, num, aad, aad_len, made), NULL, made, NULL)        \
    LATER(C_Encrypt,                                                                               \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,            \
           CK_ULONG_PTR len),                                                                      \
          (session, in, in_len, out, len), len, NULL, NULL)                                        \
    LATER(C_Decrypt,                                                                               \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,            \
           CK_ULONG_PTR len),                                                                      \
          (session, in, in_len, out, len), len, NULL, NULL)                                        \
    LATER(C_Sign,                                                                                  \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,            \
           CK_ULONG_PTR len),                                                                      \
          (session, in, in_len, out, len), len, NULL, NULL)                                        \
    LATER(C_SignRecover,                                                                           \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,            \
           CK_ULONG_PTR len),                                                                      \
          (session, in, in_len, out, len), len, NULL, NULL)                                        \
    LATER(C_VerifyRecover,                                                                         \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,            \
           CK_ULONG_PTR len),                                                                      \
          (session, in, in_len, out, len), len, NULL, NULL)                                        \
    LATER(C_SignFinal, (CK_SESSION_HANDLE session, CK_BYTE_PTR out, CK_ULONG_PTR len),             \
          (session, out, len), len, NULL, NULL)                                                    \
    LATER(C_Verify,                                                                                \
          (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR sig,            \
           CK_ULONG sig_len),                                                                      \
          (session, in, in_len, sig, sig_len), NULL, NULL, NULL)                                   \
    LATER(C_VerifyFinal, (CK_SESSION_HANDLE session, CK_BYTE_PTR sig, CK_ULONG sig_len),           \
          (session, sig, sig_len), NULL, NULL, NULL)                                               \
    LATER(C_VerifySignature, (CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_len),         \
          (session, in, in_len), NULL, NULL, NULL)                                                 \
    LATER(C_VerifySignatureFinal, (CK_SESSION_HANDLE session), (session), NULL, NULL, NULL)

#define LATER_PROTOTYPE(name, parameters, ...) CK_RV later_##name parameters;
LATER_FUNCTIONS(LATER_PROTOTYPE)

/* One of the functions that are about what is pending, or something that leaves a call so. */
void call_later(struct world *world);

#endif
