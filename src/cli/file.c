/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wipe.h"

#define PIECE_LEN 65536

static bool is_standard(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

static const char *name_of(const char *path, const char *standard)
{
    return is_standard(path) ? standard : path;
}

static enum pqhw_status open_in(struct cli *cli, const char *path, int *fd)
{
    *fd = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? fail_file(cli, "read", path) : PQHW_OK;
}

static void close_in(int fd)
{
    if (fd > STDIN_FILENO)
        close(fd);
}

static ssize_t read_some(int fd, void *to, size_t len)
{
    for (;;) {
        ssize_t n = read(fd, to, len);
        if (n >= 0 || errno != EINTR)
            return n;
    }
}

enum pqhw_status file_stream(struct cli *cli, const char *path,
                             enum pqhw_status (*piece)(void *arg, struct span data), void *arg)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t *buffer = malloc(PIECE_LEN);
    int fd = -1;

    REQUIRE(buffer != NULL, PQHW_NO_MEMORY);
    TRY(open_in(cli, path, &fd));
    for (;;) {
        ssize_t n = read_some(fd, buffer, PIECE_LEN);

        if (n < 0)
            TRY(fail_file(cli, "read", name_of(path, "standard input")));
        if (n == 0)
            break;
        TRY(piece(arg, span(buffer, (size_t)n)));
    }

out:
    close_in(fd);
    free(buffer);
    return status;
}

static enum pqhw_status put_piece(void *arg, struct span data)
{
    struct buf *out = arg;
    buf_put(out, data.ptr, data.len);
    return buf_status(out);
}

enum pqhw_status file_read(struct cli *cli, const char *path, size_t max, struct buf *out)
{
    *out = BUF_INIT(max);
    enum pqhw_status status = file_stream(cli, path, put_piece, out);

    if (status != PQHW_OK && !cli->failure.set)
        return fail(cli, status, "%s is too large: at most %zu bytes are read",
                    name_of(path, "standard input"), max);
    return status;
}

enum pqhw_status file_read_secret(struct cli *cli, const char *path, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};
    size_t used = 0;
    int fd = -1;

    *out = (struct secret){0};
    TRY(secret_new(&room, FILE_SECRET_MAX));
    TRY(open_in(cli, path, &fd));
    for (;;) {
        ssize_t n = read_some(fd, room.ptr + used, room.len - used);

        if (n < 0)
            TRY(fail_file(cli, "read", name_of(path, "standard input")));
        used += (size_t)n;
        if (n == 0)
            break;
        if (used == room.len)
            TRY(fail(cli, PQHW_DATA_LEN_RANGE, "%s is too large to be a key file",
                     name_of(path, "standard input")));
    }
    TRY(secret_from(out, span(room.ptr, used)));

out:
    close_in(fd);
    secret_free(&room);
    return status;
}

/* A file that can be replaced: not a device, pipe or the like, which are written to as they are. */
static bool is_plain_file(const char *path)
{
    struct stat st;
    return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

enum pqhw_status file_check_out(struct cli *cli, const char *path)
{
    struct stat st;

    if (is_standard(path) || cli->args.given[OPT_FORCE] || lstat(path, &st) != 0 ||
        !is_plain_file(path))
        return PQHW_OK;
    hint(cli, "choose another name, or add --force to overwrite it");
    return fail(cli, PQHW_ARGUMENTS_BAD, "%.256s exists already", path);
}

enum pqhw_status file_check_terminal(struct cli *cli, const char *what, const char *path,
                                     enum encoding encoding)
{
    if (!is_standard(path) || encoding != ENCODING_RAW || cli->args.given[OPT_FORCE] ||
        cli_json(cli) || !isatty(STDOUT_FILENO))
        return PQHW_OK;
    hint(cli, "write to a file with --out FILE, or choose --encoding hex or base64");
    return fail_usage(cli, "%s is binary, and standard output is a terminal", what);
}

static enum pqhw_status write_all(struct cli *cli, int fd, const char *path, struct span data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.ptr, data.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_file(cli, "write", path);
        data = span(data.ptr + n, data.len - (size_t)n);
    }
    return PQHW_OK;
}

static enum pqhw_status write_through(struct cli *cli, const char *path, struct span data)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return fail_file(cli, "write", path);
    enum pqhw_status status = write_all(cli, fd, path, data);
    if (close(fd) != 0 && status == PQHW_OK)
        status = fail_file(cli, "write", path);
    return status;
}

static mode_t public_mode(void)
{
    mode_t mask = umask(077);
    umask(mask);
    return 0666 & ~mask;
}

/* Give the finished file its name. */
static enum pqhw_status take_place(struct cli *cli, const char *temporary, const char *path)
{
    if (cli->args.given[OPT_FORCE])
        return rename(temporary, path) == 0 ? PQHW_OK : fail_file(cli, "write", path);
    if (link(temporary, path) != 0)
        return errno == EEXIST ? file_check_out(cli, path) : fail_file(cli, "write", path);
    unlink(temporary);
    return PQHW_OK;
}

static enum pqhw_status write_whole(struct cli *cli, const char *path, struct span data,
                                    bool secret)
{
    enum pqhw_status status = PQHW_OK;
    char temporary[HSM_PATH_MAX];
    int fd = -1;

    int len = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    REQUIRE(len > 0 && (size_t)len < sizeof(temporary), PQHW_ARGUMENTS_BAD);
    fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return fail_file(cli, "write", path);
    if (!secret && fchmod(fd, public_mode()) != 0)
        TRY(fail_file(cli, "write", path));
    TRY(write_all(cli, fd, path, data));
    if (fsync(fd) != 0)
        TRY(fail_file(cli, "write", path));
    TRY(take_place(cli, temporary, path));

out:
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && status != PQHW_OK)
        unlink(temporary);
    return status;
}

enum pqhw_status file_write(struct cli *cli, const char *path, struct span data, bool secret)
{
    if (is_standard(path)) {
        fflush(stdout);
        return write_all(cli, STDOUT_FILENO, "to standard output", data);
    }
    if (!is_plain_file(path))
        return write_through(cli, path, data);
    return write_whole(cli, path, data, secret);
}

enum pqhw_status file_write_encoded(struct cli *cli, const char *path, enum encoding encoding,
                                    struct span data, bool secret)
{
    enum pqhw_status status = PQHW_OK;
    struct buf text = BUF_INIT(2 * data.len + 2);

    if (encoding == ENCODING_RAW)
        return file_write(cli, path, data, secret);
    encode_put(&text, encoding, data);
    buf_put_u8(&text, '\n');
    TRY(buf_status(&text));
    TRY(file_write(cli, path, buf_span(&text), secret));

out:
    buf_free(&text);
    return status;
}
