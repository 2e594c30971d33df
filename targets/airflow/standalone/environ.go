package standalone

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/process"
)

// environ is the environment of a private Airflow: that of the user, without what it says of another Airflow.
func (a *Airflow) environ(s *state) []string {
	set := settings(s, a.airflowHome())
	// The DAG root is not to be written to; what the parts write is to be in the log at once; and parts that give themselves a
	// title (setproctitle) keep the environment that they are known by.
	set = append(set, "PYTHONPYCACHEPREFIX="+filepath.Join(a.options.Home, "pycache"), "PYTHONUNBUFFERED=1", "NO_COLOR=1", "SPT_NOENV=1")
	drop := []string{process.Marker, "AIRFLOW_CONFIG", "VIRTUAL_ENV", "PYTHONHOME", "PATH"}
	for _, v := range set {
		name, _, _ := strings.Cut(v, "=")
		drop = append(drop, name)
	}
	environ := []string{process.Marker + "=" + s.Mark} // first: there it is looked for
	path := filepath.Dir(s.Python)                     // the parts are started by the name airflow
	for _, v := range a.options.Environ {
		name, value, _ := strings.Cut(v, "=")
		if name == "PATH" {
			path += string(os.PathListSeparator) + value
		}
		if !slices.Contains(drop, name) {
			environ = append(environ, v)
		}
	}
	return append(append(environ, "PATH="+path), set...)
}

// settings is how a private Airflow is configured: for one machine, for nobody else, and quick to see a changed file.
func settings(s *state, home string) []string {
	port := func(n int) string { return strconv.Itoa(n) }
	set := []string{
		"AIRFLOW_HOME=" + home,
		"AIRFLOW__CORE__DAGS_FOLDER=" + s.DAGs,
		"AIRFLOW__CORE__LOAD_EXAMPLES=False",
		"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///" + filepath.Join(home, "airflow.db"),
		"AIRFLOW__LOGGING__BASE_LOG_FOLDER=" + filepath.Join(home, "logs"),
		"AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=" + port(s.Ports.Worker),
		"AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT=" + port(s.Ports.Triggerer),
		"AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False",
	}
	if s.version().Major >= 3 {
		return append(set,
			"AIRFLOW__API__HOST=127.0.0.1",
			"AIRFLOW__API__PORT="+port(s.Ports.Web),
			"AIRFLOW__API__BASE_URL="+s.url(),
			"AIRFLOW__API__WORKERS=1",
			"AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT=60", // with the 5 of its own, tasks die on a machine that is busy
			"AIRFLOW__CORE__EXECUTION_API_SERVER_URL="+s.url()+"/execution/",
			"AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL=3",
			"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL=5",
		)
	}
	return append(set,
		"AIRFLOW__WEBSERVER__WEB_SERVER_HOST=127.0.0.1",
		"AIRFLOW__WEBSERVER__WEB_SERVER_PORT="+port(s.Ports.Web),
		"AIRFLOW__WEBSERVER__BASE_URL="+s.url(),
		"AIRFLOW__WEBSERVER__WORKERS=1",
		"AIRFLOW__API__AUTH_BACKENDS=airflow.api.auth.backend.basic_auth", // its default answers to browsers alone
		"AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL=3",
		"AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=5",
		"AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL=0",
		"AIRFLOW__CORE__MIN_SERIALIZED_DAG_FETCH_INTERVAL=0",
	)
}
