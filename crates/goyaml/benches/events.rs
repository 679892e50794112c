//! How fast texts become events, in bytes a second: block style as charts print it, and the same as JSON.

use divan::Bencher;
use divan::counter::BytesCount;
use goyaml::Parser;

fn main() {
    divan::main();
}

/// An object of a manifest, about as deep and wide as most are.
const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: release-server
  namespace: default
  labels:
    app.kubernetes.io/name: server
    app.kubernetes.io/instance: release
    app.kubernetes.io/version: "1.27.3"
    helm.sh/chart: server-0.4.2
  annotations:
    checksum/config: 4f5bd3b4a3c7ea37d8e1c1c4d6f0a7b2f5f9f3f7c6fd0a2f7a5d0d7b0b4c3e11
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: server
  template:
    spec:
      serviceAccountName: release-server
      containers:
        - name: server
          image: "registry.example.com/team/server:1.27.3"
          imagePullPolicy: IfNotPresent
          args:
            - --listen=0.0.0.0:8080
            - --log-level=info
          env:
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            - name: GREETING
              value: "hello, world"
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 10
          resources:
            limits:
              cpu: 500m
              memory: 256Mi
            requests:
              cpu: 100m
              memory: 128Mi
"#;

/// The beginning of a custom resource definition: mostly prose.
const DEFINITION: &str = r"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: Widget is the schema for the widgets API.
        properties:
          apiVersion:
            description: |-
              APIVersion defines the versioned schema of this representation of an object.
              Servers should convert recognized schemas to the latest internal value, and
              may reject unrecognized values.
            type: string
          spec:
            description: WidgetSpec defines the desired state of a widget, which
              the controller brings about and keeps.
            properties:
              size:
                default: 1
                format: int32
                minimum: 0
                type: integer
            type: object
        type: object
    served: true
    storage: true
";

fn repeated(document: &str) -> String {
    format!("---\n{document}").repeat(500)
}

fn events(bencher: Bencher<'_, '_>, text: &str) {
    bencher.counter(BytesCount::of_str(text)).bench_local(|| {
        let mut parser = Parser::new(text.as_bytes());
        let mut count = 0_usize;
        while parser.next_event().expect("it parses").is_some() {
            count += 1;
        }
        count
    });
}

#[divan::bench]
fn block_style(bencher: Bencher<'_, '_>) {
    events(bencher, &repeated(DEPLOYMENT));
}

#[divan::bench]
fn block_style_with_prose(bencher: Bencher<'_, '_>) {
    events(bencher, &repeated(DEFINITION));
}

#[divan::bench]
fn flow_style(bencher: Bencher<'_, '_>) {
    let item = r#"{"name": "a", "values": [1, 2.5, true, null, "text of some length"], "nested": {"deep": {"er": "yes"}}}"#;
    let items = vec![item; 2000].join(", ");
    events(bencher, &format!("[{items}]"));
}
