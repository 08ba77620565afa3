/* SPDX-License-Identifier: Apache-2.0
 *
 * No secret in the database, its WAL, the audit files, or what a core dump of the process holds.
 *
 * A child imports keys of known bytes, logs in, signs, and waits; it wipes what it was given. The
 * parent, which makes the same bytes again for itself, searches the files and all of the child's
 * memory that a core dump would have, and then a real core dump where the system writes one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wipe.h"
#include "crypto/mldsa/mldsa.h"
#include "hsm/app.h"
#include "rig.h"

#define OK(expr)        assert_int_equal(expr, PQHW_OK)
#define NEEDLE_LEN      16 /* of a secret, this many bytes in a row are searched for */
#define PIN_LEN         24
#define CANARY_LEN      32
#define MAX_NEEDLES     64
#define MAX_MAPPING_LEN (256u * 1024 * 1024)

/* ---- known bytes, made again wherever they are needed and kept nowhere ---- */

enum known {
    KNOWN_SEED,  /* an ML-DSA-65 key's */
    KNOWN_OTHER, /* the seed of one that is imported expanded */
    KNOWN_DATA,  /* a private data object's value */
    KNOWN_PIN,   /* the user's */
    KNOWN_SO_PIN,
    KNOWN_CANARY, /* no secret: in the child's memory, to be found */
};

static void make_known(enum known which, uint8_t *out, size_t len)
{
    uint32_t x = 0x9e3779b9u * (uint32_t)(which + 1);

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        out[i] = (uint8_t)(x >> 24);
        if (which == KNOWN_PIN || which == KNOWN_SO_PIN)
            out[i] = (uint8_t)('a' + out[i] % 26);
    }
}

/* ---- what to search for ---- */

struct needle {
    char name[48];
    uint8_t bytes[NEEDLE_LEN];
    bool expected; /* a canary */
    size_t num_found;
};

struct hunt {
    struct needle needles[MAX_NEEDLES];
    size_t num;
    size_t num_bytes; /* that were searched */
};

static void add_needle(struct hunt *hunt, const char *name, size_t offset, const uint8_t *bytes)
{
    struct needle *needle = &hunt->needles[hunt->num++];

    assert_true(hunt->num <= MAX_NEEDLES);
    snprintf(needle->name, sizeof(needle->name), "%s at %zu", name, offset);
    memcpy(needle->bytes, bytes, NEEDLE_LEN);
}

/* Pieces of a secret, so that a copy of a part of it is found as well. */
static void add_secret(struct hunt *hunt, const char *name, const uint8_t *secret, size_t len,
                       size_t step)
{
    for (size_t offset = 0; offset + NEEDLE_LEN <= len; offset += step)
        add_needle(hunt, name, offset, secret + offset);
}

static void search(struct hunt *hunt, const char *where, const uint8_t *bytes, size_t len)
{
    hunt->num_bytes += len;
    for (size_t i = 0; i < hunt->num; i++) {
        struct needle *needle = &hunt->needles[i];
        if (len == 0 || memmem(bytes, len, needle->bytes, NEEDLE_LEN) == NULL)
            continue;
        needle->num_found++;
        if (!needle->expected)
            fprintf(stderr, "%s: found in %s\n", needle->name, where);
    }
}

static void search_file(struct hunt *hunt, const char *path)
{
    struct stat info = {0};
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    size_t len = (size_t)info.st_size;
    uint8_t *bytes = malloc(len + 1);
    assert_non_null(bytes);
    assert_true(read(fd, bytes, len) == (ssize_t)len);
    search(hunt, path, bytes, len);
    free(bytes);
    close(fd);
}

/* All files of the device; how many. */
static unsigned search_directory(struct hunt *hunt, const char *path)
{
    DIR *directory = opendir(path);
    unsigned num = 0;
    char name[512];

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            num += search_directory(hunt, name);
        } else {
            search_file(hunt, name);
            num++;
        }
    }
    closedir(directory);
    return num;
}

/* ---- a process's memory, as far as the kernel dumps it ---- */

struct mapping {
    unsigned long start;
    unsigned long end;
    bool readable;
    char line[256];
};

/* "7f12-7f34 rw-p …" */
static bool parse_mapping(const char *line, struct mapping *out)
{
    char *end = NULL;
    struct mapping mapping = {0};

    mapping.start = strtoul(line, &end, 16);
    if (end == line || *end != '-')
        return false;
    mapping.end = strtoul(end + 1, &end, 16);
    if (end[0] != ' ' || mapping.end <= mapping.start)
        return false;
    mapping.readable = end[1] == 'r';
    snprintf(mapping.line, sizeof(mapping.line), "%.200s", line);
    *out = mapping;
    return true;
}

static void search_mapping(struct hunt *hunt, int memory, const struct mapping *mapping)
{
    size_t len = mapping->end - mapping->start;

    if (!mapping->readable || len > MAX_MAPPING_LEN)
        return;
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    ssize_t got = pread(memory, bytes, len, (off_t)mapping->start);
    if (got > 0)
        search(hunt, mapping->line, bytes, (size_t)got);
    free(bytes);
}

/* smaps gives a line for each mapping and, among what follows it, "VmFlags:", with dd where the
 * mapping is left out of core dumps. */
static void search_memory(struct hunt *hunt, pid_t pid)
{
    char path[64];
    char line[512];
    struct mapping mapping = {0};

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    int memory = open(path, O_RDONLY);
    assert_true(memory >= 0);
    snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
    FILE *smaps = fopen(path, "r");
    assert_non_null(smaps);
    while (fgets(line, sizeof(line), smaps) != NULL) {
        if (!parse_mapping(line, &mapping) && strncmp(line, "VmFlags:", 8) == 0 &&
            strstr(line, " dd") == NULL)
            search_mapping(hunt, memory, &mapping);
    }
    fclose(smaps);
    close(memory);
}

static void search_proc_file(struct hunt *hunt, pid_t pid, const char *name)
{
    char path[64];
    uint8_t bytes[65536];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t len = read(fd, bytes, sizeof(bytes));
    assert_true(len >= 0);
    search(hunt, path, bytes, (size_t)len);
    close(fd);
}

/* ---- the child ---- */

static enum pqhw_status import_key(struct rig *rig, enum known seed, bool expanded,
                                   CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk = {0};
    struct secret priv = {0};
    uint8_t sk_seed[MLDSA_SEED_LEN];
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);

    make_known(seed, sk_seed, sizeof(sk_seed));
    attrs_put_number(&template, CKA_CLASS, CKO_PRIVATE_KEY);
    attrs_put_number(&template, CKA_KEY_TYPE, CKK_ML_DSA);
    attrs_put_number(&template, CKA_PARAMETER_SET, CKP_ML_DSA_65);
    attrs_put_bool(&template, CKA_TOKEN, true);
    attrs_put_bool(&template, CKA_SIGN, true);
    attrs_put(&template, CKA_LABEL, SPAN_STR("a label that is no secret"));
    if (expanded) {
        TRY(secret_new(&priv, mldsa_private_size(MLDSA_65)));
        TRY(secret_new(&sk, mldsa_sizes(MLDSA_65)->sk_len));
        mldsa_keygen((struct mldsa_private *)(void *)priv.ptr, MLDSA_65, sk_seed);
        mldsa_private_encode((struct mldsa_private *)(void *)priv.ptr, sk.ptr);
        attrs_put(&template, CKA_VALUE, secret_span(&sk));
    } else {
        attrs_put(&template, CKA_SEED, SPAN(sk_seed));
    }
    TRY(buf_status(&template));
    TRY(hsm_object_create(rig->app, rig->session, buf_span(&template), out));
out:
    WIPE(sk_seed);
    secret_free(&sk);
    secret_free(&priv);
    buf_free(&template);
    return status;
}

static enum pqhw_status import_data(struct rig *rig)
{
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    uint8_t sk_data[64];
    CK_OBJECT_HANDLE object;

    make_known(KNOWN_DATA, sk_data, sizeof(sk_data));
    attrs_put_number(&template, CKA_CLASS, CKO_DATA);
    attrs_put_bool(&template, CKA_TOKEN, true);
    attrs_put_bool(&template, CKA_PRIVATE, true);
    attrs_put(&template, CKA_VALUE, SPAN(sk_data));
    enum pqhw_status status =
        hsm_object_create(rig->app, rig->session, buf_span(&template), &object);
    WIPE(sk_data);
    buf_free(&template);
    return status;
}

static enum pqhw_status set_pins(struct rig *rig)
{
    enum pqhw_status status = PQHW_OK;
    const struct hsm_settings cheap = {.pin_memory_kib = 8192, .pin_passes = 1};
    uint8_t pin[PIN_LEN];
    uint8_t so_pin[PIN_LEN];
    char label[HSM_LABEL_LEN];

    make_known(KNOWN_PIN, pin, sizeof(pin));
    make_known(KNOWN_SO_PIN, so_pin, sizeof(so_pin));
    memset(label, ' ', sizeof(label));
    TRY(hsm_device_create(rig->device, &cheap));
    TRY(hsm_token_init(rig->app, 0, SPAN(so_pin), label));
    TRY(hsm_session_open(rig->app, 0, true, &rig->session));
    TRY(hsm_login(rig->app, rig->session, CKU_SO, SPAN(so_pin)));
    TRY(hsm_pin_init(rig->app, rig->session, SPAN(pin)));
    TRY(hsm_logout(rig->app, rig->session));
    TRY(hsm_login(rig->app, rig->session, CKU_USER, SPAN(pin)));
out:
    WIPE(pin);
    WIPE(so_pin);
    return status;
}

static enum pqhw_status sign(struct rig *rig, CK_OBJECT_HANDLE key)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism mechanism = {.type = CKM_ML_DSA};
    uint8_t sig[MLDSA_MAX_SIG_LEN];
    size_t len = sizeof(sig);

    TRY(hsm_sign_init(rig->app, rig->session, &mechanism, key));
    TRY(hsm_sign(rig->app, rig->session, SPAN_STR("message"), sig, &len));
out:
    return status;
}

/* Tell the parent the master key, which only the child knows, through a pipe. */
static bool tell_master_key(const struct rig *rig, int out)
{
    const struct secret *master = &rig->app->slots->partition->master;

    return master->len == 32 && write(out, master->ptr, master->len) == (ssize_t)master->len;
}

static void run_child(struct rig *rig, int to_parent)
{
    enum pqhw_status status = PQHW_OK;
    CK_OBJECT_HANDLE key;
    CK_OBJECT_HANDLE other;
    uint8_t *canary = malloc(CANARY_LEN);
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

    setrlimit(RLIMIT_CORE, &unlimited);
    if (canary == NULL || chdir(rig->home) != 0)
        _exit(1);
    make_known(KNOWN_CANARY, canary, CANARY_LEN);
    rig->config.home = rig->home;
    TRY(hsm_device_open(&rig->device, &rig->config));
    TRY(hsm_app_new(&rig->app, rig->device, "secrets"));
    TRY(set_pins(rig));
    TRY(import_key(rig, KNOWN_SEED, false, &key));
    TRY(import_key(rig, KNOWN_OTHER, true, &other));
    TRY(import_data(rig));
    TRY(sign(rig, key));
    TRY(sign(rig, other));
    if (!tell_master_key(rig, to_parent))
        _exit(2);
    prctl(PR_SET_DUMPABLE, 1);
    raise(SIGSTOP);
    raise(SIGABRT);
out:
    fprintf(stderr, "the child: %s\n", pqhw_status_name(status));
    _exit(3);
}

/* ---- the parent ---- */

static void add_key(struct hunt *hunt, const char *name, enum known seed)
{
    uint8_t sk_seed[MLDSA_SEED_LEN];
    uint8_t sk[MLDSA_MAX_SK_LEN];
    struct secret priv = {0};
    /* rho, K and tr: rho and tr are public, and so is t0 nearly */
    const size_t k_offset = 32;
    const size_t s_offset = 128;

    make_known(seed, sk_seed, sizeof(sk_seed));
    OK(secret_new(&priv, mldsa_private_size(MLDSA_65)));
    mldsa_keygen((struct mldsa_private *)(void *)priv.ptr, MLDSA_65, sk_seed);
    mldsa_private_encode((struct mldsa_private *)(void *)priv.ptr, sk);
    add_secret(hunt, name, sk_seed, sizeof(sk_seed), NEEDLE_LEN);
    add_secret(hunt, "K", sk + k_offset, 32, NEEDLE_LEN);
    add_secret(hunt, "s1 and s2", sk + s_offset, 11 * 128, 256);
    secret_free(&priv);
}

static void prepare_hunt(struct hunt *hunt, const uint8_t master[32])
{
    uint8_t bytes[64];

    *hunt = (struct hunt){0};
    add_key(hunt, "the seed", KNOWN_SEED);
    add_key(hunt, "the other key's seed", KNOWN_OTHER);
    make_known(KNOWN_DATA, bytes, 64);
    add_secret(hunt, "private data", bytes, 64, NEEDLE_LEN);
    make_known(KNOWN_PIN, bytes, PIN_LEN);
    add_secret(hunt, "the PIN", bytes, PIN_LEN, PIN_LEN - NEEDLE_LEN);
    make_known(KNOWN_SO_PIN, bytes, PIN_LEN);
    add_secret(hunt, "the security officer's PIN", bytes, PIN_LEN, PIN_LEN - NEEDLE_LEN);
    add_secret(hunt, "the master key", master, 32, NEEDLE_LEN);
}

static void assert_nothing_found(const struct hunt *hunt)
{
    size_t num = 0;

    for (size_t i = 0; i < hunt->num; i++)
        num += hunt->needles[i].expected ? 0 : hunt->needles[i].num_found;
    assert_int_equal(num, 0);
}

/* Something that is there must be found, or the search is worth nothing. */
static size_t add_canary(struct hunt *hunt, const uint8_t *bytes)
{
    add_needle(hunt, "canary", 0, bytes);
    hunt->needles[hunt->num - 1].expected = true;
    return hunt->num - 1;
}

/* The core dumps in a directory; how many. */
static unsigned search_core(struct hunt *hunt, const char *home)
{
    DIR *directory = opendir(home);
    char path[512];
    unsigned num = 0;

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, "core", 4) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", home, entry->d_name);
        search_file(hunt, path);
        unlink(path);
        num++;
    }
    closedir(directory);
    printf("note: %u core dump searched\n", num);
    return num;
}

static void no_secret_rests_anywhere(void **state)
{
    static struct rig rig;
    static struct hunt hunt;
    uint8_t master[32];
    uint8_t canary[CANARY_LEN];
    int ends[2];
    int result = 0;

    (void)state;
    OK(rig_init(&rig, "/tmp", NULL));
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        run_child(&rig, ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(child, &result, WUNTRACED), child);
    assert_true(WIFSTOPPED(result));
    assert_int_equal(read(ends[0], master, sizeof(master)), sizeof(master));
    close(ends[0]);
    prepare_hunt(&hunt, master);

    size_t in_files = add_canary(&hunt, (const uint8_t *)"a label that is no secret");
    assert_true(search_directory(&hunt, rig.home) >= 5);
    assert_true(hunt.needles[in_files].num_found > 0);
    make_known(KNOWN_CANARY, canary, sizeof(canary));
    size_t in_memory = add_canary(&hunt, canary);
    search_memory(&hunt, child);
    assert_true(hunt.needles[in_memory].num_found > 0);
    search_proc_file(&hunt, child, "environ");
    search_proc_file(&hunt, child, "cmdline");
    printf("note: %zu pieces of secrets searched for in %zu bytes\n", hunt.num - 2, hunt.num_bytes);

    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT);
    size_t before = hunt.needles[in_memory].num_found;
    if (search_core(&hunt, rig.home) > 0)
        assert_true(hunt.needles[in_memory].num_found > before);
    rig_remove(&rig);
    assert_nothing_found(&hunt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_rests_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
