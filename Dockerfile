# The image of one host of a mesh: smegd as user smeg, with the one capability that it needs.
#
#   docker build -t smegmesh-base .
#   docker run --cap-add NET_ADMIN --device /dev/net/tun -v state:/var/lib/smegmesh smegmesh-base
#
# --target runtime-from-build takes the programs of build/release on this machine instead of compiling them; they must have been built
# for the same Debian. examples/ has compose files.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE} AS base
COPY tools/packages tools/packages.sh /tmp/tools/
RUN bash -c '. /tmp/tools/packages.sh && need_packages library' \
    && apt-get clean && rm -rf /tmp/tools /var/lib/apt/lists/* \
    && groupadd --system --gid 219 smeg \
    && useradd --system --uid 219 --gid smeg --home-dir /var/lib/smegmesh --no-create-home --shell /usr/sbin/nologin smeg \
    && install -d -o smeg -g smeg -m 700 /var/lib/smegmesh /var/lib/smeg-api /run/invites \
    && install -d -o smeg -g smeg -m 755 /run/smegmesh /run/wireguard \
    && install -d /etc/smegd && touch /etc/smegd/configuration.yaml
USER smeg
VOLUME /var/lib/smegmesh /var/lib/smeg-api
# Sessions between hosts; tunnels, one port up from here for each mesh.
# Where smeg-api is the entrypoint: 21911, REST.
EXPOSE 21910/tcp 51820/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["smegctl", "status"]
STOPSIGNAL SIGTERM
# Tokens of REST: smegctl makes them here, and smeg-api reads them.
ENV SMEG_TOKENS=/var/lib/smeg-api/tokens
ENTRYPOINT ["smegd"]

FROM base AS runtime-from-build
USER root
COPY build/release/bin/smegd build/release/bin/smegctl build/release/bin/smeg-dns build/release/bin/smeg-api /usr/local/bin/
RUN ln -s smegd /usr/local/bin/smegd-engine && setcap cap_net_admin=ep /usr/local/bin/smegd
USER smeg

FROM ${BASE_IMAGE} AS builder
COPY tools/packages tools/packages.sh /src/tools/
RUN bash -c '. /src/tools/packages.sh && need_packages build'
COPY CMakeLists.txt CMakePresets.json /src/
COPY cmake /src/cmake
COPY lib /src/lib
COPY smegd /src/smegd
COPY smegctl /src/smegctl
COPY smegsim /src/smegsim
COPY smeg-dns /src/smeg-dns
COPY smeg-api /src/smeg-api
COPY tests /src/tests
WORKDIR /src
RUN cmake --preset release && ninja -C build/release smegd smegctl smeg-dns smeg-api \
    && strip build/release/bin/smegd build/release/bin/smegctl build/release/bin/smeg-dns build/release/bin/smeg-api

FROM base AS runtime
USER root
COPY --from=builder /src/build/release/bin/smegd /src/build/release/bin/smegctl /src/build/release/bin/smeg-dns \
     /src/build/release/bin/smeg-api /usr/local/bin/
RUN ln -s smegd /usr/local/bin/smegd-engine && setcap cap_net_admin=ep /usr/local/bin/smegd
USER smeg
