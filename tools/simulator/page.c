/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server.h"

static const struct {
    int status;
    const char *reason;
    const char *description;
} pages[] = {
    {404, "Not Found", "The requested resource could not be found."},
    {422, "Unprocessable Entity",
        "The request was well-formed but was unable to be followed due to "
        "semantic errors."},
    {500, "Internal Server Error",
        "The server encountered an internal error while processing this "
        "request."},
};

void
sim_answer_init(sim_answer *a)
{
    memset(a, 0, sizeof *a);
    ds_buf_init_secret(&a->body, SIM_MAX_ANSWER);
    ds_buf_init(&a->value, SIM_MAX_ANSWER);
}

void
sim_answer_free(sim_answer *a)
{
    ds_buf_free(&a->body);
    ds_buf_free(&a->value);
}

/* The first media type that is accepted. */
static bool
prefers_json(const char *accept)
{
    static const char json[] = "application/json";
    size_t n = sizeof json - 1;

    if (!accept)
        return false;
    accept += strspn(accept, " \t");
    return strncasecmp(accept, json, n) == 0 &&
           (accept[n] == 0 || strchr(" \t,;", accept[n]) != NULL);
}

void
sim_page(int status, const char *accept, sim_answer *a)
{
    size_t i = 0;
    char text[600];

    while (i + 1 < sizeof pages / sizeof pages[0] && pages[i].status != status)
        i++;
    a->status = pages[i].status;
    if (prefers_json(accept)) {
        a->type = "application/json";
        snprintf(text, sizeof text,
            "{\n  \"error\": {\n    \"code\": %d,\n    \"reason\": \"%s\",\n"
            "    \"description\": \"%s\"\n  }\n}",
            pages[i].status, pages[i].reason, pages[i].description);
    } else {
        a->type = "text/html; charset=utf-8";
        snprintf(text, sizeof text,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>%d %s</title>"
            "</head>\n<body>\n<h1>%d: %s</h1>\n<p>%s</p>\n</body>\n</html>\n",
            pages[i].status, pages[i].reason, pages[i].status, pages[i].reason,
            pages[i].description);
    }
    ds_buf_cut(&a->body, 0);
    ds_buf_add_str(&a->body, text);
}
