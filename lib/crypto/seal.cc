#include "crypto/seal.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "crypto/aead.h"
#include "crypto/encoding.h"

namespace smeg::crypto {
namespace {

constexpr std::string_view kFamily = "smegmesh-sealed-";
constexpr std::string_view kVersion = "smegmesh-sealed-1";
constexpr std::size_t kSaltBytes = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonceBytes = 24;
// Nobody's file may make us spend more than this.
constexpr std::uint32_t kMostPasses = 16;
constexpr std::uint32_t kMostMemoryKib = 1'024 * 1'024;
constexpr std::uint32_t kLeastMemoryKib = 8;

// Nothing where there is not enough memory.
std::optional<AeadKey> derive_key(std::string_view passphrase, const ByteArray<kSaltBytes>& salt,
                                  const SealCost& cost) {
  ByteArray<32> bytes{};
  const int status = crypto_pwhash(bytes.data(), bytes.size(), passphrase.data(), passphrase.size(), salt.data(),
                                   cost.passes, std::size_t{cost.memory_kib} * 1'024, crypto_pwhash_ALG_ARGON2ID13);
  const AeadKey key(bytes);
  wipe(bytes);
  return status == 0 ? std::optional(key) : std::nullopt;
}

// The line up to the bytes. It is authenticated along with them.
std::string header(const SealCost& cost) {
  return std::string(kVersion) + " " + std::to_string(cost.passes) + " " + std::to_string(cost.memory_kib) + " ";
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::array<std::string_view, 4>> words(std::string_view line) {
  std::array<std::string_view, 4> out;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    out[i] = line.substr(0, space);
    line.remove_prefix(space + 1);
  }
  out[3] = line;
  return out;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

struct Sealed {
  SealCost cost;
  Bytes bytes;  // salt, nonce, ciphertext with tag
};

Result<Sealed> parse(std::string_view text) {
  const auto malformed = [] { return fail(Code::malformed, "not a file that smegmesh encrypted"); };
  if (text.size() > limits::kSealedBytes)
    return fail(Code::too_large, "an encrypted file of " + std::to_string(text.size()) + " bytes");
  const auto parts = words(trim(text));
  if (!parts || !(*parts)[0].starts_with(kFamily)) return malformed();
  if ((*parts)[0] != kVersion)
    return fail(Code::unsupported, "an encrypted file of a later version", "upgrade this host first");
  const auto passes = number((*parts)[1]);
  const auto memory = number((*parts)[2]);
  auto bytes = from_base64((*parts)[3]);
  if (!passes || !memory || !bytes || bytes->size() < kSaltBytes + kNonceBytes + kAeadTagBytes) return malformed();
  if (*passes < 1 || *passes > kMostPasses || *memory < kLeastMemoryKib || *memory > kMostMemoryKib)
    return fail(Code::unsupported, "an encrypted file that takes too much work to open");
  return Sealed{{*passes, *memory}, *std::move(bytes)};
}

}  // namespace

std::string seal_with_passphrase(ByteView secret, std::string_view passphrase, KeySource& source,
                                 const SealCost& cost) {
  const auto salt = source.bytes<kSaltBytes>();
  const auto nonce = source.bytes<kNonceBytes>();
  const auto key = derive_key(passphrase, salt, cost);
  if (!key) return {};
  Bytes bytes(salt.begin(), salt.end());
  bytes.insert(bytes.end(), nonce.begin(), nonce.end());
  bytes.resize(bytes.size() + secret.size() + kAeadTagBytes);
  const std::string head = header(cost);
  xaead_seal(*key, nonce, as_bytes(head), secret, MutableByteView(bytes).subspan(kSaltBytes + kNonceBytes));
  return head + to_base64(bytes) + "\n";
}

Result<Bytes> open_with_passphrase(std::string_view sealed, std::string_view passphrase) {
  const auto parsed = parse(sealed);
  if (!parsed) return fail(parsed.error());
  ByteArray<kSaltBytes> salt;
  ByteArray<kNonceBytes> nonce;
  std::copy_n(parsed->bytes.begin(), kSaltBytes, salt.begin());
  std::copy_n(parsed->bytes.begin() + kSaltBytes, kNonceBytes, nonce.begin());
  const auto key = derive_key(passphrase, salt, parsed->cost);
  if (!key) return fail(Code::unavailable, "not enough memory to open the encrypted file");
  const ByteView in = ByteView(parsed->bytes).subspan(kSaltBytes + kNonceBytes);
  Bytes out(in.size() - kAeadTagBytes);
  if (!xaead_open(*key, nonce, as_bytes(header(parsed->cost)), in, out))
    return fail(Code::unauthenticated, "the passphrase is wrong, or the file was changed");
  return out;
}

}  // namespace smeg::crypto
