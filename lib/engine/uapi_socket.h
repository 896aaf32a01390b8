// The socket under which `wg` and smegd find the engine.
#pragma once

#include <string>

#include "io/io.h"

namespace smeg::engine {

// Where `wg` looks (wireguard-tools, ipc-uapi-unix.h).
inline constexpr const char* kUapiFolder = "/var/run/wireguard";

// DIRECTORY/IFNAME.sock, listening; mode 0600 in a directory of mode 0700. The file goes with it. One thread.
class UapiSocket {
 public:
  // Makes the directory where it is missing. Replaces a socket that nobody listens to (a killed engine's); exists where
  // somebody does.
  static Result<UapiSocket> listen(const std::string& folder, const std::string& interface);
  // Takes a listening socket that somebody else has made at that place (as wireguard-go's WG_UAPI_FD).
  static Result<UapiSocket> adopt(io::Descriptor listener, const std::string& folder, const std::string& interface);

  UapiSocket(UapiSocket&& other) noexcept = default;
  UapiSocket& operator=(UapiSocket&&) = delete;
  ~UapiSocket();

  int listener() const { return listener_.get(); }
  // An accepted client, non-blocking; invalid where none waits.
  io::Descriptor accept() const;

  // Readable when something in the directory changed; is_gone() then says whether the file was taken away.
  int watch() const { return watch_.get(); }
  bool is_gone();
  const std::string& path() const { return path_; }

 private:
  UapiSocket(io::Descriptor listener, std::string path) : listener_(std::move(listener)), path_(std::move(path)) {}
  Result<void> start_watch(const std::string& folder);
  bool is_ours() const;

  io::Descriptor listener_;
  io::Descriptor watch_;
  std::string path_;
  std::uint64_t device_ = 0;  // which file is ours
  std::uint64_t inode_ = 0;
};

}  // namespace smeg::engine
