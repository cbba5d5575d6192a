# One system of the course as an image. The Compose file of each system says which, and which of its
# programs:
#
#   docker build --build-arg PROGRAMS="broker producer worker" --tag lab-queue .
#
# No more than the classic builder of Docker 20.10 is needed.
ARG DEBIAN=bookworm

# What compiles the course, from the list that ./lab installs from. ./lab itself works in this stage where it
# has no Debian, or no root: it mounts the checkout at /course, and volumes for what is made there, which take
# over the rights of the folders below. MORE names further sets of tools/setup/packages.txt.
FROM debian:${DEBIAN}-slim AS lab
COPY tools/setup/image.sh tools/setup/say.sh tools/setup/packages.sh tools/setup/packages.txt /setup/tools/setup/
RUN bash /setup/tools/setup/image.sh book build exercise container
ARG MORE
RUN bash /setup/tools/setup/image.sh ${MORE}
RUN useradd --uid 1000 lab \
 && install -d -m 0777 /home/lab /course /course/.lab /course/build /course/node_modules \
 && printf '[safe]\n\tdirectory = /course\n' >/etc/gitconfig
# Whoever runs it need not be known in there by name.
ENV HOME=/home/lab
WORKDIR /course
USER lab

FROM lab AS build
USER root
WORKDIR /src
COPY . .
ARG PROGRAMS
# Without PROGRAMS nothing is compiled: the classic builder comes by here for an editor's container, too.
RUN install -d /programs \
 && { [ -z "${PROGRAMS}" ] \
      || { cmake --preset programs && cmake --build build/programs --target ${PROGRAMS}; }; } \
 && for program in ${PROGRAMS}; do \
      find build/programs/examples -type f -name "${program}" -exec install -s -t /programs {} +; \
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
