package process

// Marker is the environment variable that marks the processes of a run: what a run that was killed has left behind is
// known by it.
const Marker = "DAGEXPORT_RUN"
