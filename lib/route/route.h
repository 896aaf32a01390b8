// From what members of this host's meshes announce to the exits that its packets take, and to what it announces itself.
#pragma once

#include "route/carriers.h"
#include "route/distance.h"
#include "route/exit.h"
#include "route/offer.h"
#include "route/table.h"
