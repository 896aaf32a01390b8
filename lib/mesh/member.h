// A member as everyone in the mesh sees it.
#pragma once

#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "mesh/record.h"
#include "trust/trust.h"

namespace smeg::mesh {

// What a guest has of what its sponsor announces for it.
enum class GuestState {
  active,
  key_taken,      // a member uses the same WireGuard key: the guest is as if it were not there
  address_taken,  // a member, or a guest of a more senior sponsor, has its address: likewise
};
std::string_view name(GuestState state);  // "active", "key-taken", "address-taken"

// A peer that speaks WireGuard alone and is reached through its sponsor.
struct Guest {
  std::string name;
  crypto::WgPublicKey key;
  addr::IpAddress address;
  GuestState state = GuestState::active;

  friend bool operator==(const Guest&, const Guest&) = default;
};

struct Member {
  crypto::IdentityKey identity;
  bool revoked = false;  // then there are only identity, and address and alias if it was seen before

  // From the certificate
  std::uint64_t incarnation = 0;
  trust::Seniority seniority;
  Role role = Role::peer;
  std::vector<addr::Prefix> prefixes;
  bool may_admit = false;  // holds a delegation that counts
  bool alias_granted = false;
  // Nothing where a senior member has the same address: then this one has none, and needs a new certificate.
  std::optional<addr::IpAddress> address;
  // Settled: empty where none is claimed or granted, or where another has it.
  std::string alias;

  std::vector<Guest> guests;  // settled, in the record's order

  // From the record, and shared with it; endpoints inside a mesh are left out. Never null.
  std::shared_ptr<const Record> record = no_record();

  static const std::shared_ptr<const Record>& no_record();

  friend bool operator==(const Member&, const Member&) = default;
};
using MemberPtr = std::shared_ptr<const Member>;

// Members in order of identity, each of which others may hold too. To be read as a list of members.
class Members {
 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    using pointer = const Member*;
    using reference = const Member&;

    Iterator() = default;
    explicit Iterator(const MemberPtr* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    reference operator[](difference_type n) const { return *at_[n]; }
    Iterator& operator++() { return *this += 1; }
    Iterator operator++(int) { return std::exchange(*this, *this + 1); }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator--(int) { return std::exchange(*this, *this - 1); }
    Iterator& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    Iterator& operator-=(difference_type n) { return *this += -n; }
    friend Iterator operator+(Iterator a, difference_type n) { return a += n; }
    friend Iterator operator+(difference_type n, Iterator a) { return a += n; }
    friend Iterator operator-(Iterator a, difference_type n) { return a -= n; }
    friend difference_type operator-(Iterator a, Iterator b) { return a.at_ - b.at_; }
    friend auto operator<=>(const Iterator&, const Iterator&) = default;

   private:
    const MemberPtr* at_ = nullptr;
  };

  Members() = default;
  // In order of identity.
  explicit Members(std::vector<MemberPtr> members) : members_(std::move(members)) {}

  Iterator begin() const { return Iterator(members_.data()); }
  Iterator end() const { return begin() + static_cast<std::ptrdiff_t>(size()); }
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  const Member& operator[](std::size_t index) const { return *members_[index]; }
  const Member& front() const { return *members_.front(); }
  // Null where there is none of that identity.
  const Member* find(const crypto::IdentityKey& identity) const;
  // In the place of the one of the same identity, or as one more.
  void put(MemberPtr member);

 private:
  std::vector<MemberPtr>::const_iterator place_of(const crypto::IdentityKey& identity) const;

  std::vector<MemberPtr> members_;
};

}  // namespace smeg::mesh
