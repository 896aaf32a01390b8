// The one way to ldns: <cstdbool> comes first, or its header makes numbers of `true` and `false`.
#pragma once

#include <cstdbool>

#include <ldns/ldns.h>
