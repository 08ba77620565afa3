/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/message.h"

#include <string.h>

#include "base/wipe.h"

enum pqhw_status message_start(struct message *message, const struct classic *classic,
                               const struct mechanism_info *info, size_t max)
{
    message->digest = NULL;
    message->data = BUF_INIT(max);
    message->short_len = 0;
    if (!mechanism_digest(info->digest, &message->alg))
        return PQHW_OK;
    return digest_new(classic, &message->digest, message->alg);
}

void message_free(struct message *message)
{
    digest_free(message->digest);
    buf_free(&message->data);
    wipe(message->short_data, message->short_len);
}

static bool is_short(const struct message *message, size_t more)
{
    return message->data.len == 0 && more <= sizeof(message->short_data) - message->short_len &&
           message->short_len + more <= message->data.max;
}

enum pqhw_status message_update(struct message *message, struct span data)
{
    if (message->digest != NULL)
        return digest_update(message->digest, data);
    if (is_short(message, data.len)) {
        if (data.len > 0)
            memcpy(message->short_data + message->short_len, data.ptr, data.len);
        message->short_len += data.len;
        return PQHW_OK;
    }
    if (message->data.len == 0)
        buf_put(&message->data, message->short_data, message->short_len);
    buf_put(&message->data, data.ptr, data.len);
    enum pqhw_status status = buf_status(&message->data);
    return status == PQHW_LIMIT_EXCEEDED ? PQHW_DATA_LEN_RANGE : status;
}

enum pqhw_status message_finish(struct message *message, uint8_t hash[DIGEST_MAX_LEN],
                                struct span *out)
{
    enum pqhw_status status = PQHW_OK;

    *out = message->data.len > 0 ? buf_span(&message->data)
                                 : span(message->short_data, message->short_len);
    if (message->digest != NULL) {
        TRY(digest_final(message->digest, hash));
        *out = span(hash, digest_len(message->alg));
    }
out:
    return status;
}
