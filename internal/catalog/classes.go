package catalog

import "github.com/dagexport/dagexport/ir"

// classes are the operators and sensors of Airflow's core and of the providers that come with it, sorted by canonical path.
// Fields and extensions are what the classes of 2.11.2 and 3.3.2 declare; the paths in Also are those that 2.11's own
// deprecation shims forward.
var classes = []Class{
	{
		// It takes the mail server from Airflow's configuration, the provider's one from a connection: on Airflow 2 they are two.
		Name: "EmailOperator", Module: "airflow.operators.email", Moved: "airflow.providers.smtp.operators.smtp", Kind: "operator",
		Also:           []string{"airflow.operators.email_operator.EmailOperator"},
		TemplateFields: []string{"to", "subject", "html_content", "files"}, TemplateExt: []string{".html"},
	},
	{
		Name: "AnalyticsOperator", Module: "airflow.providers.common.sql.operators.analytics", Kind: "operator",
		TemplateFields: []string{"datasource_configs", "queries", "max_rows_check", "result_output_format"},
	},
	{
		Name: "GenericTransfer", Module: "airflow.providers.common.sql.operators.generic_transfer", Core: "airflow.operators.generic_transfer", Kind: "operator",
		TemplateFields: []string{"source_conn_id", "destination_conn_id", "sql", "destination_table", "preoperator", "insert_args", "page_size", "paginated_sql_statement_clause"},
		TemplateExt:    []string{".sql", ".hql"},
		CoreFields:     []string{"sql", "destination_table", "preoperator"},
	},
	{
		Name: "BranchSQLOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.sql.BranchSQLOperator",
			"airflow.operators.sql_branch_operator.BranchSQLOperator",
			"airflow.operators.sql_branch_operator.BranchSqlOperator",
		},
		TemplateFields: []string{"sql", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".sql"},
	},
	{
		Name: "SQLBulkLoadOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		TemplateFields: []string{"table", "tmp_file", "preoperator", "postoperator", "conn_id", "database", "hook_params"},
	},
	{
		Name: "SQLCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.check_operator.CheckOperator",
			"airflow.operators.check_operator.SQLCheckOperator",
			"airflow.operators.presto_check_operator.PrestoCheckOperator",
			"airflow.operators.presto_check_operator.SQLCheckOperator",
			"airflow.operators.sql.SQLCheckOperator",
		},
		TemplateFields: []string{"sql", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".hql", ".sql"},
	},
	{
		Name: "SQLColumnCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.sql.SQLColumnCheckOperator",
		},
		TemplateFields: []string{"table", "partition_clause", "sql", "conn_id", "database", "hook_params"},
	},
	{
		Name: "SQLExecuteQueryOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		TemplateFields: []string{"sql", "parameters", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".sql", ".json"},
	},
	{
		Name: "SQLInsertRowsOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		TemplateFields: []string{"table_name", "conn_id", "schema", "database", "_columns", "ignored_columns", "preoperator", "postoperator", "insert_args"},
		TemplateExt:    []string{".sql"},
	},
	{
		Name: "SQLIntervalCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.check_operator.IntervalCheckOperator",
			"airflow.operators.check_operator.SQLIntervalCheckOperator",
			"airflow.operators.presto_check_operator.PrestoIntervalCheckOperator",
			"airflow.operators.presto_check_operator.SQLIntervalCheckOperator",
			"airflow.operators.sql.SQLIntervalCheckOperator",
		},
		TemplateFields: []string{"sql1", "sql2", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".hql", ".sql"},
	},
	{
		Name: "SQLTableCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.sql.SQLTableCheckOperator",
		},
		TemplateFields: []string{"table", "partition_clause", "sql", "conn_id", "database", "hook_params"},
	},
	{
		Name: "SQLThresholdCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.check_operator.SQLThresholdCheckOperator",
			"airflow.operators.check_operator.ThresholdCheckOperator",
			"airflow.operators.sql.SQLThresholdCheckOperator",
		},
		TemplateFields: []string{"sql", "min_threshold", "max_threshold", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".hql", ".sql"},
	},
	{
		Name: "SQLValueCheckOperator", Module: "airflow.providers.common.sql.operators.sql", Kind: "operator",
		Also: []string{
			"airflow.operators.check_operator.SQLValueCheckOperator",
			"airflow.operators.check_operator.ValueCheckOperator",
			"airflow.operators.presto_check_operator.PrestoValueCheckOperator",
			"airflow.operators.presto_check_operator.SQLValueCheckOperator",
			"airflow.operators.sql.SQLValueCheckOperator",
		},
		TemplateFields: []string{"sql", "pass_value", "conn_id", "database", "hook_params"},
		TemplateExt:    []string{".hql", ".sql"},
	},
	{
		Name: "SqlSensor", Module: "airflow.providers.common.sql.sensors.sql", Kind: "operator",
		Also: []string{
			"airflow.sensors.sql.SqlSensor",
			"airflow.sensors.sql_sensor.SqlSensor",
		},
		TemplateFields: []string{"sql", "hook_params", "parameters", "conn_id"},
		TemplateExt:    []string{".hql", ".sql"},
	},
	{
		Name: "DockerOperator", Module: "airflow.providers.docker.operators.docker", Kind: "operator",
		Also: []string{
			"airflow.operators.docker_operator.DockerOperator",
		},
		TemplateFields: []string{"image", "command", "environment", "env_file", "container_name", "mounts", "docker_conn_id"},
		TemplateExt:    []string{".sh", ".bash", ".env"},
	},
	{
		Name: "FTPFileTransmitOperator", Module: "airflow.providers.ftp.operators.ftp", Kind: "operator",
		TemplateFields: []string{"local_filepath", "remote_filepath", "ftp_conn_id"},
	},
	{
		Name: "FTPSFileTransmitOperator", Module: "airflow.providers.ftp.operators.ftp", Kind: "operator",
		TemplateFields: []string{"local_filepath", "remote_filepath", "ftp_conn_id"},
	},
	{
		Name: "FTPSSensor", Module: "airflow.providers.ftp.sensors.ftp", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.ftp_sensor.FTPSSensor",
		},
		TemplateFields: []string{"path", "ftp_conn_id"},
	},
	{
		Name: "FTPSensor", Module: "airflow.providers.ftp.sensors.ftp", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.ftp_sensor.FTPSensor",
		},
		TemplateFields: []string{"path", "ftp_conn_id"},
	},
	{
		Name: "HttpOperator", Module: "airflow.providers.http.operators.http", Kind: "operator",
		Also: []string{
			"airflow.operators.http_operator.SimpleHttpOperator",
			"airflow.providers.http.operators.http.SimpleHttpOperator",
		},
		TemplateFields: []string{"endpoint", "data", "headers", "http_conn_id"},
	},
	{
		Name: "HttpSensor", Module: "airflow.providers.http.sensors.http", Kind: "operator",
		Also: []string{
			"airflow.sensors.http_sensor.HttpSensor",
		},
		TemplateFields: []string{"endpoint", "request_params", "headers", "http_conn_id"},
	},
	{
		Name: "ImapAttachmentSensor", Module: "airflow.providers.imap.sensors.imap_attachment", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.imap_attachment_sensor.ImapAttachmentSensor",
		},
		TemplateFields: []string{"attachment_name", "mail_filter", "conn_id"},
	},
	{
		Name: "EmailOperator", Module: "airflow.providers.smtp.operators.smtp", Kind: "operator",
		TemplateFields: []string{"to", "subject", "html_content", "from_email", "files", "cc", "bcc", "mime_subtype", "mime_charset", "conn_id", "custom_headers"},
		TemplateExt:    []string{".html"},
	},
	{
		Name: "BashOperator", Module: "airflow.providers.standard.operators.bash", Core: "airflow.operators.bash", Kind: "bash",
		Also: []string{
			"airflow.operators.bash_operator.BashOperator",
		},
		TemplateFields: []string{"bash_command", "env", "cwd"},
		TemplateExt:    []string{".sh", ".bash"},
	},
	{
		Name: "BranchDateTimeOperator", Module: "airflow.providers.standard.operators.datetime", Core: "airflow.operators.datetime", Kind: "operator",
	},
	{
		Name: "EmptyOperator", Module: "airflow.providers.standard.operators.empty", Core: "airflow.operators.empty", Kind: "empty",
		Also: []string{
			"airflow.operators.dummy.DummyOperator",
			"airflow.operators.dummy.EmptyOperator",
			"airflow.operators.dummy_operator.DummyOperator",
			"airflow.operators.dummy_operator.EmptyOperator",
		},
	},
	{
		Name: "ApprovalOperator", Module: "airflow.providers.standard.operators.hitl", Kind: "operator",
		Since:          ir.Version{Major: 3, Minor: 1},
		TemplateFields: []string{"subject", "body"},
	},
	{
		Name: "HITLBranchOperator", Module: "airflow.providers.standard.operators.hitl", Kind: "operator",
		Since:          ir.Version{Major: 3, Minor: 1},
		TemplateFields: []string{"subject", "body"},
	},
	{
		Name: "HITLEntryOperator", Module: "airflow.providers.standard.operators.hitl", Kind: "operator",
		Since:          ir.Version{Major: 3, Minor: 1},
		TemplateFields: []string{"subject", "body"},
	},
	{
		Name: "HITLOperator", Module: "airflow.providers.standard.operators.hitl", Kind: "operator",
		Since:          ir.Version{Major: 3, Minor: 1},
		TemplateFields: []string{"subject", "body"},
	},
	{
		Name: "LatestOnlyOperator", Module: "airflow.providers.standard.operators.latest_only", Core: "airflow.operators.latest_only", Kind: "operator",
		Also: []string{
			"airflow.operators.latest_only_operator.LatestOnlyOperator",
		},
	},
	{
		Name: "BranchExternalPythonOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		TemplateFields: []string{"templates_dict", "python", "op_args", "op_kwargs"},
	},
	{
		Name: "BranchPythonOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		Also: []string{
			"airflow.operators.python_operator.BranchPythonOperator",
		},
		TemplateFields: []string{"templates_dict", "op_args", "op_kwargs"},
	},
	{
		Name: "BranchPythonVirtualenvOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		TemplateFields: []string{"requirements", "templates_dict", "op_args", "venv_cache_path", "op_kwargs", "index_urls", "index_urls_from_connection_ids"},
		TemplateExt:    []string{".txt"},
		CoreFields:     []string{"templates_dict", "index_urls", "op_kwargs", "requirements", "op_args", "venv_cache_path"},
	},
	{
		Name: "ExternalPythonOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		TemplateFields: []string{"templates_dict", "python", "op_args", "op_kwargs"},
	},
	{
		Name: "PythonOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "python",
		Also: []string{
			"airflow.operators.python_operator.PythonOperator",
		},
		TemplateFields: []string{"templates_dict", "op_args", "op_kwargs"},
	},
	{
		Name: "PythonVirtualenvOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		Also: []string{
			"airflow.operators.python_operator.PythonVirtualenvOperator",
		},
		TemplateFields: []string{"requirements", "templates_dict", "op_args", "venv_cache_path", "op_kwargs", "index_urls", "index_urls_from_connection_ids"},
		TemplateExt:    []string{".txt"},
		CoreFields:     []string{"templates_dict", "index_urls", "op_kwargs", "requirements", "op_args", "venv_cache_path"},
	},
	{
		Name: "ShortCircuitOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python", Kind: "operator",
		Also: []string{
			"airflow.operators.python_operator.ShortCircuitOperator",
		},
		TemplateFields: []string{"templates_dict", "op_args", "op_kwargs"},
	},
	{
		Name: "SmoothOperator", Module: "airflow.providers.standard.operators.smooth", Core: "airflow.operators.smooth", Kind: "operator",
	},
	{
		Name: "TriggerDagRunOperator", Module: "airflow.providers.standard.operators.trigger_dagrun", Core: "airflow.operators.trigger_dagrun", Kind: "operator",
		Also: []string{
			"airflow.operators.dagrun_operator.TriggerDagRunOperator",
		},
		TemplateFields: []string{"trigger_dag_id", "trigger_run_id", "logical_date", "conf", "wait_for_completion", "skip_when_already_exists"},
	},
	{
		Name: "BranchDayOfWeekOperator", Module: "airflow.providers.standard.operators.weekday", Core: "airflow.operators.weekday", Kind: "operator",
	},
	{
		Name: "BashSensor", Module: "airflow.providers.standard.sensors.bash", Core: "airflow.sensors.bash", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.bash_sensor.BashSensor",
		},
		TemplateFields: []string{"bash_command", "env"},
	},
	{
		Name: "DateTimeSensor", Module: "airflow.providers.standard.sensors.date_time", Core: "airflow.sensors.date_time", Kind: "operator",
		Also: []string{
			"airflow.sensors.date_time_sensor.DateTimeSensor",
		},
		TemplateFields: []string{"target_time"},
	},
	{
		Name: "DateTimeSensorAsync", Module: "airflow.providers.standard.sensors.date_time", Core: "airflow.sensors.date_time", Kind: "operator",
		TemplateFields: []string{"target_time"},
	},
	{
		Name: "ExternalTaskMarker", Module: "airflow.providers.standard.sensors.external_task", Core: "airflow.sensors.external_task", Kind: "operator",
		TemplateFields: []string{"external_dag_id", "external_task_id", "logical_date"},
		CoreFields:     []string{"external_dag_id", "external_task_id", "execution_date"},
	},
	{
		Name: "ExternalTaskSensor", Module: "airflow.providers.standard.sensors.external_task", Core: "airflow.sensors.external_task", Kind: "operator",
		Also: []string{
			"airflow.sensors.external_task_sensor.ExternalTaskSensor",
		},
		TemplateFields: []string{"external_dag_id", "external_task_id", "external_task_ids", "external_task_group_id"},
	},
	{
		Name: "FileSensor", Module: "airflow.providers.standard.sensors.filesystem", Core: "airflow.sensors.filesystem", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.file_sensor.FileSensor",
		},
		TemplateFields: []string{"filepath", "fs_conn_id"},
		CoreFields:     []string{"filepath"},
	},
	{
		Name: "PythonSensor", Module: "airflow.providers.standard.sensors.python", Core: "airflow.sensors.python", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.python_sensor.PythonSensor",
		},
		TemplateFields: []string{"templates_dict", "op_args", "op_kwargs"},
	},
	{
		Name: "TimeSensor", Module: "airflow.providers.standard.sensors.time", Core: "airflow.sensors.time_sensor", Kind: "operator",
	},
	{
		Name: "TimeSensorAsync", Module: "airflow.providers.standard.sensors.time", Core: "airflow.sensors.time_sensor", Kind: "operator",
	},
	{
		Name: "TimeDeltaSensor", Module: "airflow.providers.standard.sensors.time_delta", Core: "airflow.sensors.time_delta", Kind: "operator",
		Also: []string{
			"airflow.sensors.time_delta_sensor.TimeDeltaSensor",
		},
		TemplateFields: []string{"delta"},
		CoreFields:     []string{},
	},
	{
		Name: "TimeDeltaSensorAsync", Module: "airflow.providers.standard.sensors.time_delta", Core: "airflow.sensors.time_delta", Kind: "operator",
		TemplateFields: []string{"delta"},
		CoreFields:     []string{},
	},
	{
		Name: "WaitSensor", Module: "airflow.providers.standard.sensors.time_delta", Kind: "operator",
		Since:          ir.Version{Major: 3, Minor: 0},
		TemplateFields: []string{"time_to_wait"},
	},
	{
		Name: "DayOfWeekSensor", Module: "airflow.providers.standard.sensors.weekday", Core: "airflow.sensors.weekday", Kind: "operator",
		Also: []string{
			"airflow.contrib.sensors.weekday_sensor.DayOfWeekSensor",
		},
	},
}
