// The control socket, from both sides: all that smegctl, smeg-api and smeg-dns need of the daemon. Asio stays in the
// .cc files; those that want it include "ipc/asio.h".
#pragma once

#include "ipc/control_client.h"
#include "ipc/control_server.h"
