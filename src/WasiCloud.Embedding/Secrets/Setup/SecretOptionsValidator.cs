namespace WasiCloud.Embedding.Secrets.Setup;

/// <summary>Checks the ranges that <see cref="SecretOptions"/> documents.</summary>
internal sealed class SecretOptionsValidator : OptionsValidator<SecretOptions>
{
    protected override void Check(SecretOptions options, OptionProblems problems)
    {
        problems.Range(options.MaxSecretBytes, 1, 1 << 20);
        problems.Range(options.MaxSecretsPerInvocation, 1, 1_024);
    }
}
