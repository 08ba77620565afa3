/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/wipe.h"

/* Signals that would leave the terminal without echo. */
static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define NUM_DEADLY (sizeof(deadly) / sizeof(deadly[0]))

static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

static void put(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

/* Read a line byte by byte, so that nothing of it stays in a buffer elsewhere. */
static bool read_line(int fd, char *out, size_t out_len)
{
    size_t used = 0;

    for (;;) {
        char c = 0;
        ssize_t n = read(fd, &c, 1);

        if (n < 0 && errno == EINTR && caught == 0)
            continue;
        if (n <= 0 && used == 0)
            return false;
        if (n <= 0 || c == '\n')
            break;
        if (used + 1 < out_len)
            out[used++] = c;
        wipe(&c, 1);
    }
    out[used] = 0;
    return true;
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool terminal_ask(const char *question, const char *tail, char *out, size_t out_len)
{
    int fd = open_terminal();

    if (fd < 0)
        return false;
    put(fd, question);
    put(fd, tail);
    if (!read_line(fd, out, out_len)) {
        put(fd, "\n");
        out[0] = 0;
    }
    close(fd);
    return true;
}

static void hold_signals(struct sigaction saved[NUM_DEADLY])
{
    struct sigaction action = {.sa_handler = catch};

    caught = 0;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < NUM_DEADLY; i++)
        sigaction(deadly[i], &action, &saved[i]);
}

static void release_signals(const struct sigaction saved[NUM_DEADLY])
{
    for (size_t i = 0; i < NUM_DEADLY; i++)
        sigaction(deadly[i], &saved[i], NULL);
    if (caught != 0)
        raise(caught);
}

bool terminal_ask_secret(const char *question, char *out, size_t out_len)
{
    struct sigaction saved[NUM_DEADLY];
    struct termios shown, hidden;
    int fd = open_terminal();
    bool good = false;

    if (fd < 0)
        return false;
    if (tcgetattr(fd, &shown) != 0) {
        close(fd);
        return false;
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    hidden.c_lflag |= ICANON | ISIG;
    hold_signals(saved);
    if (tcsetattr(fd, TCSAFLUSH, &hidden) == 0) {
        put(fd, question);
        good = read_line(fd, out, out_len);
        tcsetattr(fd, TCSAFLUSH, &shown);
        put(fd, "\n");
    }
    release_signals(saved);
    close(fd);
    return good && caught == 0;
}
