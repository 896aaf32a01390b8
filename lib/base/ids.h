// Different things have different types: StrongId<struct MeshTag> never mixes with StrongId<struct PeerTag>.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

namespace smeg {

template <class Tag, class Rep = std::uint32_t>
struct StrongId {
  Rep value{};

  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

// 160 bits of a hash over the genesis of a mesh: whoever knows the id can check everything else.
struct MeshId {
  std::array<std::uint8_t, 20> bytes{};

  friend auto operator<=>(const MeshId&, const MeshId&) = default;
};

}  // namespace smeg

template <>
struct std::hash<smeg::MeshId> {
  std::size_t operator()(const smeg::MeshId& id) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};

template <class Tag, class Rep>
struct std::hash<smeg::StrongId<Tag, Rep>> {
  std::size_t operator()(smeg::StrongId<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
