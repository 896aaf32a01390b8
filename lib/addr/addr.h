// IP addresses, prefixes, endpoints, the addresses of a mesh and its members, and a trie of prefixes.
#pragma once

#include "addr/derive.h"
#include "addr/host.h"
#include "addr/ip.h"
#include "addr/trie.h"
