#pragma once

#include <sodium.h>  // planted: a library in a header

#include "base/base.h"
#include "base/private.h"  // planted: not the public header
#include "crypto.h"        // planted: lacks its folder
#include "io/io.h"         // planted: not in the row
#include "nowhere/x.h"     // planted: no such module
