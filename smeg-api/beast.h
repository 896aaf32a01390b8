// The one way to Boost.Beast: Asio comes first, by its own wrapper. For .cc files and parse.h.
#pragma once

#include "ipc/asio.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
