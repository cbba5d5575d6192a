# One system of the course as an image. The Compose file of each system says which, and which of its
# programs:
#
#   docker build --build-arg PROGRAMS="broker producer worker" --tag lab-queue .
#
# No more than the classic builder of Docker 20.10 is needed.
ARG DEBIAN=bookworm

FROM debian:${DEBIAN}-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      g++ cmake ninja-build '^libboost1\.8[13]-dev$' libcli11-dev libfmt-dev libspdlog-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG PROGRAMS
RUN cmake --preset programs \
 && cmake --build build/programs --target ${PROGRAMS} \
 && for program in ${PROGRAMS}; do \
      find build/programs/examples -type f -name "${program}" -exec install -D -s -t /programs {} +; \
    done

FROM debian:${DEBIAN}-slim
# curl asks for the health; the other two are what the programs are linked to.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends curl '^libfmt[0-9]+$' '^libspdlog1\.[0-9]+$' \
 && rm -rf /var/lib/apt/lists/*
# The folder of the data belongs to who runs the programs; a volume that is mounted there takes that over.
RUN useradd --system --uid 1000 lab && install -d -o lab /data
COPY --from=build /programs/ /usr/local/bin/
USER lab
