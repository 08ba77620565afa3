/* SPDX-License-Identifier: Apache-2.0
 *
 * Which processes have the device open, and how their resident keys do: each writes its numbers to
 * a file of its own, run/PID-XXXXXX in the device directory, and keeps a lock on it. The lock, not
 * the number of the process, tells whether it lives: that of a dead process is gone, whoever has
 * its number now.
 *
 * The file is written, not mapped: a store to a mapped file can wait for the disk, or kill the
 * process when the disk is full. Nothing in it is secret, and nothing depends on it: a process that
 * cannot write it works and is not listed.
 */
#ifndef HSM_RUNNING_H
#define HSM_RUNNING_H

#include "hsm/hsm.h"

struct running; /* this process's file */

/* Register what is done around forks, if it is not yet: PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status running_handle_forks(void);

/* NULL if there can be none. */
struct running *running_open(const char *home);
/* Remove the file. In a forked child, which has let go of it, it stays the parent's. NULL is
 * allowed. */
void running_close(struct running *running);

void running_write(const struct running *running, const struct hsm_resident_stats *stats);

/* Call back for every process that lives; files of dead ones are removed. own may be NULL. */
void running_list(const char *home, const struct running *own,
                  void (*each)(void *arg, const struct hsm_process *process), void *arg);

#endif
