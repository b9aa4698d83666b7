/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"

const char *const sim_listen_names[LISTEN_KINDS] = {
    "dstack", "tappd", "worker", "pccs"};

int
sim_complain(int status, const char *format, ...)
{
    va_list args;

    fputs("dstack-simulator: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return status;
}

static bool
cannot(const sim_listener *l, const char *what)
{
    sim_complain(
        SIM_NOT_STARTED, "%s: %s: %s", l->asked, what, strerror(errno));
    return false;
}

static bool
refuse(const sim_listener *l, const char *why)
{
    sim_complain(SIM_NOT_STARTED, "%s: %s", l->asked, why);
    return false;
}

/* ---- unix sockets -------------------------------------------------------- */

/* Nobody answers there: the file of a program that ended without removing
 * it. */
static bool
is_dead(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool dead;

    if (fd < 0)
        return false;
    dead = connect(fd, (const struct sockaddr *)name, sizeof *name) != 0 &&
           errno == ECONNREFUSED;
    close(fd);
    return dead;
}

static bool
make_room(sim_listener *l, const struct sockaddr_un *name)
{
    struct stat st;

    if (lstat(l->path, &st) != 0)
        return errno == ENOENT || cannot(l, "cannot look at it");
    if (!S_ISSOCK(st.st_mode))
        return refuse(l, "there is a file that is no socket");
    if (!is_dead(name))
        return refuse(l, "another program listens there");
    return unlink(l->path) == 0 || cannot(l, "cannot remove the old socket");
}

static bool
listen_unix(sim_listener *l, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat st;

    if (path[0] == 0 || strlen(path) >= sizeof name.sun_path)
        return refuse(l, "a socket's path has 1 to 107 bytes");
    snprintf(l->path, sizeof l->path, "%s", path);
    snprintf(l->address, sizeof l->address, "unix:%s", path);
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (!make_room(l, &name)) {
        l->path[0] = 0;
        return false;
    }
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 ||
        bind(l->fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        l->path[0] = 0;
        return cannot(l, "cannot make the socket");
    }
    if (stat(l->path, &st) == 0) {
        l->device = st.st_dev;
        l->inode = st.st_ino;
    }
    return listen(l->fd, 128) == 0 || cannot(l, "cannot listen");
}

/* ---- TCP ----------------------------------------------------------------- */

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static bool
is_loopback(const address *a)
{
    if (a->any.sa_family == AF_INET)
        return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static bool
parse_port(const char *text, uint16_t *ret)
{
    uint32_t port = 0;
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 5 || text[n] != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        port = port * 10 + (uint32_t)(text[i] - '0');
    *ret = (uint16_t)port;
    return port <= UINT16_MAX;
}

/* HOST:PORT, with HOST a number, [number] or localhost: no name is looked
 * up. */
static bool
parse_tcp(const char *text, address *ret)
{
    const char *colon = strrchr(text, ':');
    char host[64];
    uint16_t port;
    size_t n;

    memset(ret, 0, sizeof *ret);
    if (!colon || !parse_port(colon + 1, &port))
        return false;
    n = (size_t)(colon - text);
    if (n >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        n -= 2;
    }
    if (n >= sizeof host)
        return false;
    memcpy(host, text, n);
    host[n] = 0;
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) != 1)
        return false;
    ret->v6.sin6_family = AF_INET6;
    ret->v6.sin6_port = htons(port);
    return true;
}

/* With the port that the system chose, where it had the choice. */
static void
show_tcp(sim_listener *l)
{
    char host[INET6_ADDRSTRLEN] = "";
    address a;
    socklen_t n = sizeof a;

    memset(&a, 0, sizeof a);
    if (getsockname(l->fd, &a.any, &n) != 0)
        return;
    if (a.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof host);
        snprintf(l->address, sizeof l->address, "http://%s:%u", host,
            (unsigned)ntohs(a.v4.sin_port));
    } else {
        inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof host);
        snprintf(l->address, sizeof l->address, "http://[%s]:%u", host,
            (unsigned)ntohs(a.v6.sin6_port));
    }
}

static bool
listen_tcp(sim_listener *l, const char *text, bool allow_remote)
{
    address a;
    int one = 1;

    if (!parse_tcp(text, &a))
        return refuse(l,
            "expected unix:PATH or http://HOST:PORT, HOST a number or "
            "localhost");
    if (!is_loopback(&a) && !allow_remote)
        return refuse(l,
            "not a loopback address: whoever reaches it gets the keys; "
            "--allow-remote if that is wanted");
    l->fd =
        socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 ||
        setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(l->fd, &a.any,
            a.any.sa_family == AF_INET ? sizeof a.v4 : sizeof a.v6) != 0 ||
        listen(l->fd, 128) != 0)
        return cannot(l, "cannot listen");
    show_tcp(l);
    return true;
}

bool
sim_listen(sim_listener *l, bool allow_remote)
{
    const char *text = l->asked;
    char tcp[160];
    size_t n;

    l->fd = -1;
    if (strncmp(text, "unix:", 5) == 0)
        return listen_unix(l, text + 5);
    if (strchr(text, '/') && strncmp(text, "http://", 7) != 0)
        return listen_unix(l, text);
    if (strncmp(text, "http://", 7) == 0)
        text += 7;
    n = strcspn(text, "/");
    if (n >= sizeof tcp || (text[n] == '/' && text[n + 1] != 0))
        return refuse(l, "expected an address without a path");
    memcpy(tcp, text, n);
    tcp[n] = 0;
    return listen_tcp(l, tcp, allow_remote);
}

void
sim_unlisten(sim_listener *l)
{
    struct stat st;

    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    if (l->path[0] != 0 && lstat(l->path, &st) == 0 && st.st_dev == l->device &&
        st.st_ino == l->inode)
        unlink(l->path);
    l->path[0] = 0;
}
