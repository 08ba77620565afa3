/* SPDX-License-Identifier: Apache-2.0
 *
 * WORKSPACE marks large local arrays that are written before they are read. It spares them the
 * clearing that the build asks of the compiler for all local variables, which would take a
 * twentieth of the time of an operation.
 */
#ifndef CRYPTO_WORKSPACE_H
#define CRYPTO_WORKSPACE_H

#if __has_attribute(uninitialized)
#define WORKSPACE __attribute__((uninitialized))
#else
#define WORKSPACE
#endif

#endif
