#include "crypto/crypto.h"

#include <fcntl.h>  // planted
#include <sodium.h>
#include <spdlog/spdlog.h>  // planted
#include <sys/socket.h>     // planted
#include <iostream>         // planted
#include <thread>           // planted

#include <boost/asio.hpp>  // planted

void clocks() {
  auto a = std::chrono::steady_clock::now();  // planted
  auto b = MonotonicClock::now();             // planted
  clock_gettime(CLOCK_MONOTONIC, &spec);      // planted
  gettimeofday(&value, nullptr);              // planted
  auto c = time(nullptr);                     // planted
  auto d = std::time(NULL);                   // planted
}

void randomness() {
  std::random_device device;           // planted
  getrandom(buffer, 32, 0);            // planted
  auto f = open_it("/dev/urandom");    // planted
  randombytes_buf(buffer, 32);         // planted
  crypto_sign_keypair(open, secret);   // planted
  RAND_bytes(buffer, 32);              // planted
  crypto_sign_seed_keypair(p, s, d);   // from a seed that was given: fine
  crypto_hash_update(state, time(x));  // some other time(): fine
}

void threads() {
  std::thread t(clocks);           // planted
  std::jthread j(clocks);          // planted
  auto f = std::async(clocks);     // planted
  pthread_create(&id, 0, go, 0);   // planted
  std::mutex m;                    // planted
  std::lock_guard<std::mutex> l;   // planted
  std::condition_variable waiter;  // planted
}

void sockets_files_logs() {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);       // planted
  int same = ::socket(AF_INET, SOCK_DGRAM, 0);   // planted
  auto* file = fopen("x", "r");                  // planted
  ::write(1, "x", 1);                            // planted
  boost::asio::io_context loop;                  // planted
  std::cerr << "log";                            // planted
  std::fprintf(stderr, "log");                   // planted
  printf("log");                                 // planted
  spdlog::info("log");                           // planted
  /* a comment before it */ std::cout << "log";  // planted
  const char* text = "a \" quote";
  std::thread t(go);  // planted
}
