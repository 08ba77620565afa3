/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct hand {
    struct crew *crew;
    unsigned index;
    pthread_t thread;
    const char *error;
};

struct crew {
    unsigned num;
    struct hand hands[CREW_MAX];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned num_rounds; /* begun */
    unsigned num_busy;   /* of the hands, in this round */
    bool over;
    const struct crew_task *task;
    uint64_t n;
};

/* Wait for the round after `last`. False if there will be none. */
static bool next_round(struct crew *crew, unsigned last)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->num_rounds == last && !crew->over)
        pthread_cond_wait(&crew->changed, &crew->lock);
    bool over = crew->over;
    pthread_mutex_unlock(&crew->lock);
    return !over;
}

static void *work(void *argument)
{
    struct hand *hand = argument;
    struct crew *crew = hand->crew;

    for (unsigned round = 0; next_round(crew, round); round++) {
        const struct crew_task *task = crew->task;
        uint64_t n = (crew->n * crew->num + hand->index) * task->repeat;

        hand->error = NULL;
        for (unsigned i = 0; i < task->repeat && hand->error == NULL; i++)
            hand->error = task->run(task->contexts[hand->index], n + i);
        pthread_mutex_lock(&crew->lock);
        if (--crew->num_busy == 0)
            pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->lock);
    }
    return NULL;
}

struct crew *crew_new(unsigned num_threads)
{
    struct crew *crew = calloc(1, sizeof(*crew));

    if (crew == NULL || num_threads > CREW_MAX) {
        free(crew);
        return NULL;
    }
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    while (crew->num < num_threads) {
        struct hand *hand = &crew->hands[crew->num];

        *hand = (struct hand){.crew = crew, .index = crew->num};
        if (pthread_create(&hand->thread, NULL, work, hand) != 0) {
            crew_free(crew);
            return NULL;
        }
        crew->num++;
    }
    return crew;
}

void crew_free(struct crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->over = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->num; i++)
        pthread_join(crew->hands[i].thread, NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

const char *crew_do(struct crew *crew, const struct crew_task *task, uint64_t n)
{
    const char *error = NULL;

    pthread_mutex_lock(&crew->lock);
    crew->task = task;
    crew->n = n;
    crew->num_busy = crew->num;
    crew->num_rounds++;
    pthread_cond_broadcast(&crew->changed);
    while (crew->num_busy > 0)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->num && error == NULL; i++)
        error = crew->hands[i].error;
    return error;
}
