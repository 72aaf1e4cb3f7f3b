"""The cache of figures, as the settings say."""

from app.domain.aggregations import Aggregations
from app.domain.caching import AnswerCache, CacheObserver
from app.services.cached_answers import CachedAnswers, Keeping
from app.settings import Settings
from app.stores.local_cache import LocalCache
from app.stores.redis_cache import RedisCache


def cached_answers(
    settings: Settings, aggregations: Aggregations, observer: CacheObserver
) -> CachedAnswers:
    """Figures from Redis if it is set, else from this process's memory.

    Raises:
        StoreError: the address of Redis cannot be used.
    """
    keeping = Keeping(settings.cache_seconds, settings.cache_closed_seconds)
    return CachedAnswers(aggregations, _cache(settings, observer), keeping, observer)


def _cache(settings: Settings, observer: CacheObserver) -> AnswerCache | None:
    if settings.cache_seconds == 0:
        return None
    if settings.redis_url:
        return RedisCache(settings.redis_url, f"{settings.index_prefix}:answers:", observer)
    return LocalCache(settings.cache_bytes) if settings.cache_bytes else None
