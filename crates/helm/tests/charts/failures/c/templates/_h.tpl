{{- define "deep" -}}
{{ .none.deeper }}
{{- end -}}
{{- define "outer" }}
{{ include "deep" . }}
{{- end -}}
{{- define "rec" }}{{ include "rec" . }}{{ end -}}
