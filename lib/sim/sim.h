// Many real nodes on a virtual clock: a network whose sessions behave as TCP does, disks that tear, kernels in a value.
// Nothing here reads a clock or draws chance but from a seed: one seed, one run, to the byte.
#pragma once

#include "sim/awareness.h"
#include "sim/census.h"
#include "sim/checks.h"
#include "sim/converged.h"
#include "sim/disk.h"
#include "sim/forger.h"
#include "sim/kernel.h"
#include "sim/network.h"
#include "sim/packets.h"
#include "sim/scheduler.h"
#include "sim/trace.h"
#include "sim/world.h"
