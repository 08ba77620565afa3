/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of the command line: options, sizes, hexadecimal and Base64, and the JSON that is made of
 * anything.
 *
 * Input: which of them, then the text. Words of a command line end with a newline.
 */
#include <string.h>

#include "fuzz.h"

#include "base/size.h"
#include "cli/json.h"
#include "cli/options.h"

#define MAX_WORDS 16

static const struct opt_group *const groups[] = {&opts_general, &opts_token,   &opts_pin,
                                                 &opts_so_pin,  &opts_new_pin, &opts_key,
                                                 &opts_use_key, NULL};

static char *text_of(struct span bytes)
{
    char *text = malloc(bytes.len + 1);

    check(text != NULL);
    for (size_t i = 0; i < bytes.len; i++)
        text[i] = bytes.ptr[i] == '\n' ? '\0' : (char)bytes.ptr[i];
    text[bytes.len] = '\0';
    return text;
}

static const struct opt *option(enum opt_id id)
{
    for (size_t g = 0; groups[g] != NULL; g++)
        for (size_t i = 0; i < groups[g]->num_opts; i++)
            if (groups[g]->opts[i].id == id)
                return &groups[g]->opts[i];
    return NULL;
}

/* What was given is one of the words, and numbers are within their bounds. */
static void check_args(const struct args *args, const char *text, size_t len)
{
    check(args->num_operands <= ARGS_MAX_OPERANDS);
    for (int id = 0; id < NUM_OPTS; id++) {
        const struct opt *opt = option((enum opt_id)id);

        if (!args->given[id])
            continue;
        check(opt != NULL);
        check(args->text[id] == NULL || (args->text[id] >= text && args->text[id] <= text + len));
        check((args->text[id] == NULL) == (opt->kind == OPT_KIND_FLAG));
        if (opt->kind == OPT_KIND_NUMBER || opt->kind == OPT_KIND_SIZE)
            check(args->number[id] >= opt->min && args->number[id] <= opt->max);
    }
    for (size_t i = 0; i < args->num_operands; i++)
        check(args->operands[i] >= text && args->operands[i] <= text + len);
}

static void try_options(struct span bytes)
{
    char *text = text_of(bytes), *argv[MAX_WORDS + 1] = {NULL};
    int argc = 0, used = 0;
    struct opts_problem problem;

    for (size_t at = 0; at <= bytes.len && argc < MAX_WORDS; at += strlen(text + at) + 1)
        argv[argc++] = text + at;
    for (int stop = 0; stop < 2; stop++) {
        struct args args = {0};

        if (opts_parse(&args, &problem, &used, groups, argc, argv, stop != 0)) {
            check(used >= 0 && used <= argc && (stop != 0 || used == argc));
            check_args(&args, text, bytes.len);
        } else {
            check(problem.text[0] != '\0');
            check(memchr(problem.text, '\0', sizeof(problem.text)) != NULL &&
                  memchr(problem.hint, '\0', sizeof(problem.hint)) != NULL);
        }
    }
    free(text);
}

static void try_size(struct span bytes)
{
    char *text = text_of(bytes), back[32], shown[SIZE_TEXT_LEN];
    uint64_t number = 77, again;

    if (size_parse(text, &number)) {
        snprintf(back, sizeof(back), "%llu", (unsigned long long)number);
        check(size_parse(back, &again) && again == number);
        size_format(shown, number);
        check(memchr(shown, '\0', sizeof(shown)) != NULL);
    } else {
        check(number == 77);
    }
    free(text);
}

static void try_codec(struct span text)
{
    for (int encoding = ENCODING_RAW; encoding <= ENCODING_BASE64; encoding++) {
        struct buf made = BUF_INIT(1 << 20), back = BUF_INIT(1 << 20), read = BUF_INIT(1 << 20);

        encode_put(&made, (enum encoding)encoding, text);
        check(encode_read(&back, (enum encoding)encoding, buf_span(&made)) == PQHW_OK);
        check(span_equal(buf_span(&back), text));
        if (encode_read(&read, (enum encoding)encoding, text) == PQHW_OK)
            check(read.len <= text.len);
        buf_free(&made);
        buf_free(&back);
        buf_free(&read);
    }
}

/* The end of a string of JSON (RFC 8259, 7) at `at`, past its quotation mark; 0 if it is none. */
static size_t string_end(struct span text, size_t at)
{
    if (at >= text.len || text.ptr[at++] != '"')
        return 0;
    while (at < text.len && text.ptr[at] != '"') {
        if (text.ptr[at] < 0x20)
            return 0;
        if (text.ptr[at] != '\\') {
            at++;
            continue;
        }
        if (at + 1 >= text.len)
            return 0;
        size_t len = text.ptr[at + 1] == 'u' ? 6 : 2;
        if (len == 2 && strchr("\"\\/bfnrt", text.ptr[at + 1]) == NULL)
            return 0;
        for (size_t i = 2; i < len; i++)
            if (at + i >= text.len || strchr("0123456789abcdefABCDEF", text.ptr[at + i]) == NULL)
                return 0;
        at += len;
    }
    return at < text.len ? at + 1 : 0;
}

/* {"a":STRING}, and UTF-8 as far as bytes alone tell: no byte that it never has. */
static void try_json(struct span value)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct json json = json_start(out);

    check(out != NULL);
    json_object(&json, NULL);
    json_utf8(&json, "a", value);
    json_end(&json);
    check(fclose(out) == 0);
    struct span made = span(text, len);
    check(len > 7 && memcmp(text, "{\"a\":", 5) == 0);
    size_t end = string_end(made, 5);
    check(end != 0 && end + 2 == len && memcmp(text + end, "}\n", 2) == 0);
    for (size_t i = 0; i < len; i++) {
        check(made.ptr[i] != 0xc0 && made.ptr[i] != 0xc1 && made.ptr[i] < 0xf5);
        check(made.ptr[i] != 0xed || made.ptr[i + 1] < 0xa0); /* no surrogates */
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct span text) = {try_options, try_size, try_codec, try_json};

    if (size > 0)
        tries[data[0] % 4](span(data + 1, size - 1));
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    static const char *const texts[] = {
        "\0--token\nname\n--label=x\n-h",
        "\1"
        "64M",
        "\2"
        "aGVsbG8=",
        "\3"
        "a \"b\" \\ \x1f\x7f\xc3\xa9\xed\xa0\x80",
        "\0--slot\n3\n--pin-file\nf\n--\nrest",
        "\1"
        "18446744073709551615",
        "\2"
        "00ff a0",
        "\3\xf4\x90\x80\x80\xe2\x82\xac",
        "\0--resident-memory=1G\n--slat\n-x",
        "\1"
        "17179869184G",
    };

    if (i >= sizeof(texts) / sizeof(texts[0]))
        return false;
    buf_put_u8(out, (uint8_t)texts[i][0]);
    buf_put_str(out, texts[i] + 1);
    return true;
}
