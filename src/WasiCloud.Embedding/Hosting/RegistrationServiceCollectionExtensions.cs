#pragma warning disable IDE0130 // Set-up code of every slice uses it, as it uses the methods that are public.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Lets parts of an application add the same thing without knowing of each other.</summary>
internal static class RegistrationServiceCollectionExtensions
{
    /// <summary>Adds a registration, unless an equal one was added.</summary>
    /// <returns>Whether it was.</returns>
    public static bool TryAddRegistration<T>(this IServiceCollection services, T registration)
        where T : class, IEquatable<T>
    {
        if (services.Any(service => !service.IsKeyedService && service.ImplementationInstance is T known && known.Equals(registration))) return false;
        services.AddSingleton(registration);
        return true;
    }
}
