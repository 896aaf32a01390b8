#pragma once

#include "base/base.h"  // planted: its row does not name base, and has no AND_BELOW
#include "crypto/crypto.h"
#include "crypto/hidden.h"  // planted
#include "crypto/offered.h"
#include "wire/record.pb.h"
#include "wire/wire.h"
