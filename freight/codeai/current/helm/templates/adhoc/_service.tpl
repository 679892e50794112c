{{/*
An in-cluster service: a Service and a StatefulSet of one pod, with a volume claim or an emptyDir.
Takes: root, component, port, dataPath, settings (the component's values), container (YAML text of
the container's own fields), files (optional; a ConfigMap's data mounted under filesPath)
*/}}
{{- define "codeai.adhoc.service" -}}
{{- $context := merge (dict "component" .component) .root -}}
{{- $name := include "codeai.componentName" $context -}}
{{- $labels := include "platform-lib.labels" (pick . "root" "component") -}}
{{- $selector := include "codeai.selectorLabels" $context -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  clusterIP: None
  ports:
    - name: {{ .component }}
      port: {{ .port }}
  selector:
    {{- $selector | nindent 4 }}
{{- with .files }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
  labels:
    {{- $labels | nindent 4 }}
data:
  {{- range $file, $content := . }}
  {{ $file }}: |-
    {{- $content | trim | nindent 4 }}
  {{- end }}
{{- end }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  serviceName: {{ $name }}
  replicas: 1
  selector:
    matchLabels:
      {{- $selector | nindent 6 }}
  template:
    metadata:
      {{- with .files }}
      annotations:
        checksum/config: {{ toJson . | sha256sum | substr 0 16 | quote }}
      {{- end }}
      labels:
        {{- $selector | nindent 8 }}
    spec:
      enableServiceLinks: false
      automountServiceAccountToken: false
      containers:
        - name: {{ .component }}
          {{- include "codeai.otherImageFields" (dict "root" .root "image" .settings.image) | nindent 10 }}
          {{- .container | nindent 10 }}
          ports:
            - name: {{ .component }}
              containerPort: {{ .port }}
          readinessProbe:
            tcpSocket:
              port: {{ .component }}
          {{- with .settings.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- if or .dataPath .files }}
          volumeMounts:
            {{- if .dataPath }}
            - name: data
              mountPath: {{ .dataPath }}
            {{- end }}
            {{- if .files }}
            - name: config
              mountPath: {{ .filesPath }}
            {{- end }}
          {{- end }}
      {{- $emptyDir := and .dataPath (not .settings.storage) }}
      {{- if or $emptyDir .files }}
      volumes:
        {{- if $emptyDir }}
        - name: data
          emptyDir: {}
        {{- end }}
        {{- if .files }}
        - name: config
          configMap:
            name: {{ $name }}
        {{- end }}
      {{- end }}
  {{- if and .dataPath .settings.storage }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: {{ .settings.storage }}
  {{- end }}
{{- end }}
