// A folder of its own for a test of the UAPI socket.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "io/io.h"

namespace smeg::engine {

struct UapiTestFolder {
  UapiTestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "smeg-uapi.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    outer = pattern;
    folder = pattern + "/wireguard";
  }
  ~UapiTestFolder() { std::filesystem::remove_all(outer); }

  std::string path(const std::string& name) const { return folder + "/" + name + ".sock"; }
  // Connected and blocking; invalid where nobody listens.
  io::Descriptor connect(const std::string& name) const {
    io::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path(name).copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) return {};
    return socket;
  }

  std::string outer;
  std::string folder;
};

}  // namespace smeg::engine
