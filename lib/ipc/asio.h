// The one way to Boost.Asio: <utility> comes first, because 1.74 forgets it. For .cc files of layer 5 and up only.
#pragma once

#include <utility>

#include <boost/asio.hpp>
