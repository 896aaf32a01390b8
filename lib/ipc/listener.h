// The file of a listening Unix socket: made with the right owner and mode, and who may connect. For this module alone.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/base.h"

namespace smeg::ipc {

// A bound, listening, non-blocking socket and the identity of its file.
struct Listener {
  int fd = -1;
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
  bool has_group = false;
  gid_t group = 0;
};

// Mode 0660, of the group if there is one of that name and this process may hand files to it.
Result<Listener> open_listener(const std::string& path, const std::string& group);
// Closes it, and removes the file if it is still the one that was made.
void close_listener(Listener& listener);

// Whether the program at the other end of a connected socket may use it: root, this process's user, or the group.
Result<void> check_peer(int fd, const Listener& listener);

// "WHAT: words for the error number".
Error system_error(std::string what, int number, std::string hint = {});

}  // namespace smeg::ipc
