// Text that must not leak: a passphrase, an invite token, a sealed root key.
#pragma once

#include <string>

#include "crypto/crypto.h"

namespace smeg::control {

// Wiped when it goes, compared in constant time, impossible to print but through expose().
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(const SecretText&) = default;
  // Copies and wipes: a moved-from short string would keep its characters.
  SecretText(SecretText&& other) noexcept {
    text_.assign(other.text_);
    other.wipe();
  }
  SecretText& operator=(const SecretText& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  ~SecretText() { wipe(); }

  const std::string& expose() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const SecretText& a, const SecretText& b) {
    return crypto::equal_constant_time(as_bytes(a.text_), as_bytes(b.text_));
  }

 private:
  void wipe() { crypto::wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

  std::string text_;
};

}  // namespace smeg::control
