// Package catalog is what is known of Airflow per version: the arguments of DAG, TaskGroup, BaseOperator and the operators
// of the core, where each class is imported from, and which fields it renders.
package catalog
