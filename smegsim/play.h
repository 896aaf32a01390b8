// The scenarios. Each is given a trial that nothing was done with.
#pragma once

#include "trial.h"

namespace smeg::simulator {

// play_events.cc: one thing happens to a mesh at rest
void play_leader_kill(Trial& trial);
void play_mass_kill(Trial& trial);
void play_join(Trial& trial);
void play_leave(Trial& trial);
void play_update(Trial& trial);
void play_idle(Trial& trial);

void play_bootstrap(Trial& trial);   // play_bootstrap.cc
void play_partition(Trial& trial);   // play_partition.cc
void play_churn(Trial& trial);       // play_churn.cc
void play_clock_step(Trial& trial);  // play_clocks.cc
void play_forger(Trial& trial);      // play_forger.cc
void play_timeline(Trial& trial);    // play_timeline.cc: the settings' events

}  // namespace smeg::simulator
