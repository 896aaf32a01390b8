// The vocabulary that every module shares: errors as values, byte views, ids, time, chance and limits.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/mark.h"
#include "base/paths.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/role.h"
#include "base/room.h"
#include "base/service.h"
#include "base/text.h"
#include "base/time.h"
#include "base/version.h"
