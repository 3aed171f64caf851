namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>One transaction of one guest: its backend, and the guest's files in it.</summary>
internal sealed record Transaction(TransactionBackend Backend, KeyValueAttachment Attachment);
