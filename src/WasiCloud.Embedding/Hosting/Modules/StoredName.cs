using System.Text;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Which names a module of a tenant can have. They are what clients ask for.</summary>
internal static class StoredName
{
    private const int MaxBytes = 200;

    /// <summary>Whether there can be such a module.</summary>
    public static bool IsPossible(string tenant, string name)
    {
        if (name.Length is 0 or > MaxBytes || name[0] == '.' || name.AsSpan().ContainsAny('/', '\\') || Encoding.UTF8.GetByteCount(name) > MaxBytes)
            return false;
        try
        {
            TenantName.Check(tenant, nameof(tenant));
            TenantName.Check(name, nameof(name));
            ModuleName.Check(name, nameof(name));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
