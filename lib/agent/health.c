/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/health.h"

#include "base/limits.h"

typedef struct {
    ds_buf name;
    ds_buf status;
} item;

struct dstack_health {
    bool healthy;
    item *items;
    size_t count;
    ds_buf error;
};

static int
read_item(const ds_answer *a, ds_jv object, item *it, dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_need(a->json, object, "name", &v, err);

    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(a->json, v, &it->name, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(a->json, object, "status", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(a->json, v, &it->status, err);
    return rc;
}

static int
read_items(const ds_answer *a, dstack_health *h, dstack_error *err)
{
    ds_jv list;
    int rc = ds_json_need(a->json, 0, "unhealthy", &list, err);

    if (rc == DSTACK_OK)
        rc = ds_json_expect(a->json, list, DS_JSON_ARRAY, err);
    if (rc != DSTACK_OK)
        return rc;
    h->items = ds_calloc(ds_json_count(a->json, list), sizeof *h->items);
    if (!h->items)
        return ds_fail_nomem(err);
    for (ds_jv v = ds_json_first(a->json, list);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(a->json, v)) {
        item *it = &h->items[h->count++];

        ds_buf_init(&it->name, DS_MAX_AGENT_ANSWER);
        ds_buf_init(&it->status, DS_MAX_AGENT_ANSWER);
        rc = read_item(a, v, it, err);
    }
    return rc;
}

int
ds_health_read(const ds_answer *a, dstack_health **ret, dstack_error *err)
{
    dstack_health *h = ds_calloc(1, sizeof *h);
    ds_jv v;
    int rc;

    *ret = NULL;
    if (!h)
        return ds_fail_nomem(err);
    ds_buf_init(&h->error, DS_MAX_AGENT_ANSWER);
    rc = ds_json_need(a->json, 0, "healthy", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_bool(a->json, v, &h->healthy, err);
    if (rc == DSTACK_OK)
        rc = read_items(a, h, err);
    if (rc == DSTACK_OK)
        rc = ds_answer_text_if_any(a, "error", &h->error, err);
    rc = ds_answer_end(a, rc, err);
    if (rc == DSTACK_OK)
        *ret = h;
    else
        dstack_health_free(h);
    return rc;
}

void
dstack_health_free(dstack_health *health)
{
    if (!health)
        return;
    for (size_t i = 0; i < health->count; i++) {
        ds_buf_free(&health->items[i].name);
        ds_buf_free(&health->items[i].status);
    }
    ds_free(health->items);
    ds_buf_free(&health->error);
    ds_free(health);
}

int
dstack_health_is_healthy(const dstack_health *health)
{
    return health && health->healthy;
}

size_t
dstack_health_unhealthy_count(const dstack_health *health)
{
    return health ? health->count : 0;
}

const char *
dstack_health_unhealthy_name(const dstack_health *health, size_t index)
{
    return health && index < health->count
               ? (const char *)health->items[index].name.p
               : NULL;
}

const char *
dstack_health_unhealthy_status(const dstack_health *health, size_t index)
{
    return health && index < health->count
               ? (const char *)health->items[index].status.p
               : NULL;
}

const char *
dstack_health_error(const dstack_health *health)
{
    return health && health->error.p ? (const char *)health->error.p : "";
}
