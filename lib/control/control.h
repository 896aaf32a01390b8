// What operators and programs ask of the daemon, what it answers, and the Snapshot that it publishes; with their JSON.
// Pure: the socket is lib/ipc's, the decisions are lib/node's. simdjson and nlohmann-json stay in the .cc files.
#pragma once

#include "control/command.h"
#include "control/diagnosis.h"
#include "control/netcheck.h"
#include "control/render.h"
#include "control/render_routes.h"
#include "control/reply.h"
#include "control/rpc.h"
#include "control/secret_text.h"
#include "control/selector.h"
#include "control/snapshot.h"
