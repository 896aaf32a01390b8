// What the operating system should hold and what it holds, as values, and the way from the one to the other.
#pragma once

#include "netstate/apply.h"
#include "netstate/diff.h"
#include "netstate/event.h"
#include "netstate/names.h"
#include "netstate/observed.h"
#include "netstate/plan.h"
#include "netstate/state.h"
