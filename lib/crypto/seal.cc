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

// The two kinds of text: how they begin, and what an error calls them.
struct Kind {
  std::string_view prefix;
  std::string_view name;
};
constexpr Kind kSealed{"smegmesh-sealed-", "a file that smegmesh encrypted"};
constexpr Kind kKey{"smegmesh-key-", "the key of a file that smegmesh encrypted"};
constexpr std::string_view kVersion = "1";
constexpr std::size_t kNonceBytes = 24;
// Nobody's file may make us spend more than this.
constexpr std::uint32_t kMostPasses = 16;
constexpr std::uint32_t kMostMemoryKib = 1'024 * 1'024;
constexpr std::uint32_t kLeastMemoryKib = 8;
static_assert(kSaltBytes == crypto_pwhash_SALTBYTES);

// The line up to the bytes. Of a sealed file it is authenticated along with them.
std::string header(const Kind& kind, const SealCost& cost) {
  return std::string(kind.prefix) + std::string(kVersion) + " " + std::to_string(cost.passes) + " " +
         std::to_string(cost.memory_kib) + " ";
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

// What both texts have in common: a salt and what follows it.
struct Parsed {
  SealRecipe recipe;
  Bytes rest;
};

tl::unexpected<Error> is_not(const Kind& kind) { return fail(Code::malformed, "not " + std::string(kind.name)); }

Result<Parsed> parse_line(std::string_view text, const Kind& kind) {
  if (text.size() > limits::kSealedBytes)
    return fail(Code::too_large, "an encrypted file of " + std::to_string(text.size()) + " bytes");
  const auto parts = words(trim(text));
  if (!parts || !(*parts)[0].starts_with(kind.prefix)) return is_not(kind);
  if ((*parts)[0].substr(kind.prefix.size()) != kVersion)
    return fail(Code::unsupported, "an encrypted file of a later version", "upgrade this host first");
  const auto passes = number((*parts)[1]);
  const auto memory = number((*parts)[2]);
  auto bytes = from_base64((*parts)[3]);
  if (!passes || !memory || !bytes || bytes->size() < kSaltBytes) return is_not(kind);
  if (*passes < 1 || *passes > kMostPasses || *memory < kLeastMemoryKib || *memory > kMostMemoryKib)
    return fail(Code::unsupported, "an encrypted file that takes too much work to open");
  Parsed out{{{*passes, *memory}, {}}, Bytes(bytes->begin() + kSaltBytes, bytes->end())};
  std::copy_n(bytes->begin(), kSaltBytes, out.recipe.salt.begin());
  wipe(*bytes);
  return out;
}

Result<Parsed> parse_sealed(std::string_view text) {
  auto parsed = parse_line(text, kSealed);
  if (parsed && parsed->rest.size() < kNonceBytes + kAeadTagBytes) return is_not(kSealed);
  return parsed;
}

}  // namespace

SealRecipe SealRecipe::draw(KeySource& source, const SealCost& cost) { return {cost, source.bytes<kSaltBytes>()}; }

Result<SealRecipe> SealRecipe::of(std::string_view sealed) {
  return parse_sealed(sealed).map([](const Parsed& parsed) { return parsed.recipe; });
}

Result<SealingKey> SealingKey::derive(std::string_view passphrase, const SealRecipe& recipe) {
  if (passphrase.empty()) return fail(Code::invalid, "an empty passphrase protects nothing");
  SealingKey out;
  out.recipe_ = recipe;
  const MutableByteView key = out.key_.mutable_bytes();
  const int status =
      crypto_pwhash(key.data(), key.size(), passphrase.data(), passphrase.size(), recipe.salt.data(),
                    recipe.cost.passes, std::size_t{recipe.cost.memory_kib} * 1'024, crypto_pwhash_ALG_ARGON2ID13);
  if (status != 0) return fail(Code::unavailable, "not enough memory to turn a passphrase into a key");
  return out;
}

std::string SealingKey::expose_text() const {
  Bytes bytes(recipe_.salt.begin(), recipe_.salt.end());
  bytes.insert(bytes.end(), key_.expose().begin(), key_.expose().end());
  std::string text = header(kKey, recipe_.cost) + to_base64(bytes);
  wipe(bytes);
  return text;
}

Result<SealingKey> SealingKey::parse(std::string_view text) {
  auto parsed = parse_line(text, kKey);
  if (!parsed) return fail(parsed.error());
  const auto key = Secret<32>::from(parsed->rest);
  wipe(parsed->rest);
  if (!key) return is_not(kKey);
  SealingKey out;
  out.recipe_ = parsed->recipe;
  out.key_ = *key;
  return out;
}

std::string seal(ByteView secret, const SealingKey& key, KeySource& source) {
  const auto nonce = source.bytes<kNonceBytes>();
  Bytes bytes(key.recipe().salt.begin(), key.recipe().salt.end());
  bytes.insert(bytes.end(), nonce.begin(), nonce.end());
  bytes.resize(bytes.size() + secret.size() + kAeadTagBytes);
  const std::string head = header(kSealed, key.recipe().cost);
  xaead_seal(key.key(), nonce, as_bytes(head), secret, MutableByteView(bytes).subspan(kSaltBytes + kNonceBytes));
  return head + to_base64(bytes) + "\n";
}

Result<Bytes> open(std::string_view sealed, const SealingKey& key) {
  const auto parsed = parse_sealed(sealed);
  if (!parsed) return fail(parsed.error());
  ByteArray<kNonceBytes> nonce;
  std::copy_n(parsed->rest.begin(), kNonceBytes, nonce.begin());
  const ByteView in = ByteView(parsed->rest).subspan(kNonceBytes);
  Bytes out(in.size() - kAeadTagBytes);
  if (parsed->recipe != key.recipe() ||
      !xaead_open(key.key(), nonce, as_bytes(header(kSealed, parsed->recipe.cost)), in, out))
    return fail(Code::unauthenticated, "the passphrase is wrong, or the file was changed");
  return out;
}

}  // namespace smeg::crypto
